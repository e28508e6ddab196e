// Command 07_hello_perf_output sends a C struct for each new process through a
// perf buffer and receives it as a Go struct.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>

struct hello {
	u32 pid;
	u64 ns;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(hellos);

int kprobe__sys_clone(void *ctx)
{
	struct hello h = {};

	h.pid = bpf_get_current_pid_tgid() >> 32;
	h.ns = bpf_ktime_get_ns();
	bpf_get_current_comm(&h.comm, sizeof(h.comm));
	hellos.perf_submit(ctx, &h, sizeof(h));
	return 0;
}`

// hello is struct hello. Stream compares the two before the first event.
type hello struct {
	PID  uint32
	NS   uint64
	Comm bccgo.Comm
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	hellos := bccgo.Stream[hello](m, "hellos", nil)
	if err := hellos.Err(); err != nil {
		return err
	}
	log.Print("Tracing clone; Ctrl-C ends it.")
	fmt.Printf("%-12s %-16s %-7s %s\n", "SECONDS", "TASK", "PID", "TEXT")
	var first uint64
	for h, err := range hellos.All(ctx) {
		if err != nil {
			return err
		}
		if first == 0 {
			first = h.NS
		}
		since := time.Duration(int64(h.NS - first))
		fmt.Printf("%-12.6f %-16s %-7d hello, struct\n", since.Seconds(), h.Comm, h.PID)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
