// Command trace_fields prints new processes from the trace pipe in a layout of
// the user's: a format string over the fields of each line.
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

const program = `
int kprobe__sys_clone(void *ctx)
{
	bpf_trace_printk("forks\n");
	return 0;
}`

func run(ctx context.Context, format string) error {
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

	log.Print("Tracing clone; Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, format)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	format := flag.String("f", "{1:<7} {0:<16} {5}", "layout of a `line`: {0} task, {1} pid, {2} CPU, {3} flags, {4} seconds, {5} text")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *format); err != nil {
		log.Fatal(err)
	}
}
