// Command 03_hello_fields prints new processes as a table: it attaches its
// function by a call, and takes the lines of the trace pipe apart.
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

// The name of this function tells nothing, so it has to be attached by a call.
const program = `
int greet(void *ctx)
{
	bpf_trace_printk("hello, fields\n");
	return 0;
}`

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	// The kernel function behind a system call is named differently on each
	// architecture.
	clone, err := bccgo.GetSyscallFnName("clone")
	if err != nil {
		return err
	}
	if _, err := m.AttachKprobe(clone, "greet", nil); err != nil {
		return err
	}

	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		return err
	}
	defer pipe.Close()

	log.Printf("Tracing %s; Ctrl-C ends it.", clone)
	fmt.Printf("%-14s %-16s %-7s %3s %s\n", "SECONDS", "TASK", "PID", "CPU", "TEXT")
	for l, err := range pipe.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-14.6f %-16s %-7d %3d %s\n", l.Timestamp, l.Task, l.PID, l.CPU, l.Message)
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
