// Command 02_sys_sync prints a line for each call of sync, which writes all
// changed files to disk.
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
int kprobe__sys_sync(void *ctx)
{
	bpf_trace_printk("asked for a sync\n");
	return 0;
}`

// line is how a trace line is printed: its timestamp in seconds since boot,
// the task's name and number, and the message.
const line = "{4:.6f} {0} ({1}) {5}"

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

	log.Print("Tracing sync; Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, line)
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
