// Command trace_open_print prints the name of each file that is opened, in one
// line of C.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	char file[128];

	if (TARGET_PID && bpf_get_current_pid_tgid() >> 32 != TARGET_PID)
		return 0;
	bpf_probe_read_user_str(file, sizeof(file), args->filename);
	bpf_trace_printk("opens %s\n", file);
	return 0;
}`

func run(ctx context.Context, pid uint) error {
	m, err := bccgo.Load(program, &bccgo.Options{
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

	log.Print("Tracing openat; Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, "{0} ({1}) {5}")
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Uint("p", 0, "show only what this `process` opens; 0 means every one")
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
