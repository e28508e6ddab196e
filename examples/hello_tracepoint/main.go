// Command hello_tracepoint prints the file of each program that is started. It
// uses a tracepoint, so it works on kernels without kprobes.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// TRACEPOINT_PROBE names a category and an event; args has the event's fields.
const program = `
TRACEPOINT_PROBE(syscalls, sys_enter_execve)
{
	char file[64];

	bpf_probe_read_user_str(file, sizeof(file), args->filename);
	bpf_trace_printk("starts %s\n", file);
	return 0;
}`

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		return err
	}
	defer pipe.Close()

	log.Print("Tracing execve; Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, "{0} ({1}) {5}")
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
