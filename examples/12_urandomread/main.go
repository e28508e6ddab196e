// Command 12_urandomread prints who gets random numbers from the kernel, at a
// tracepoint: that of the lesson if the kernel still has it, else another.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// place is a tracepoint that sees random numbers being read.
type place struct {
	probe   string
	program string
	note    string
}

// places are the tracepoints, the best first.
var places = []place{
	{
		probe: "tracepoint:random:urandom_read",
		program: `
TRACEPOINT_PROBE(random, urandom_read)
{
	if (!TARGET_PID || bpf_get_current_pid_tgid() >> 32 == TARGET_PID)
		bpf_trace_printk("reads %d bytes\n", (u32)args->got_bits / 8);
	return 0;
}`,
		note: "Tracing random:urandom_read: reads of /dev/urandom and calls of getrandom.",
	},
	{
		probe: "tracepoint:syscalls:sys_exit_getrandom",
		program: `
TRACEPOINT_PROBE(syscalls, sys_exit_getrandom)
{
	/* A negative number is an error. */
	if (args->ret >= 0 && (!TARGET_PID || bpf_get_current_pid_tgid() >> 32 == TARGET_PID))
		bpf_trace_printk("reads %d bytes\n", (int)args->ret);
	return 0;
}`,
		note: "This kernel has no tracepoint random:urandom_read: Linux 5.18 removed it.\n" +
			"Tracing syscalls:sys_exit_getrandom instead: calls of getrandom, but no reads of /dev/urandom.",
	},
}

// choose returns the first place that the running kernel has.
func choose() (place, error) {
	var probes []string
	for _, p := range places {
		probes = append(probes, p.probe)
	}
	probe, err := bccgo.FirstProbe(probes...)
	if err != nil {
		return place{}, err
	}
	for _, p := range places {
		if p.probe == probe {
			return p, nil
		}
	}
	return place{}, fmt.Errorf("chose %s, which is none of %v", probe, probes)
}

func run(ctx context.Context, pid uint) error {
	p, err := choose()
	if err != nil {
		return err
	}
	log.Print(p.note)
	m, err := bccgo.Load(p.program, &bccgo.Options{
		Defines: map[string]string{"TARGET_PID": strconv.FormatUint(uint64(pid), 10)},
	})
	if err != nil {
		return err
	}
	defer m.Close()

	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		return err
	}
	defer pipe.Close()

	log.Print("Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, "{4:.6f} {0} ({1}) {5}")
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Uint("p", 0, "show only what this `process` reads; 0 means every one")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
