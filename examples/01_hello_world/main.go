// Command 01_hello_world prints a line for each process that is made.
//
// It is the smallest complete program: one C function, attached by its name,
// and the kernel's trace pipe to read what it writes.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// The name of the function says where it runs: a kprobe on the system call
// clone, which makes processes and threads.
const program = `
int kprobe__sys_clone(void *ctx)
{
	bpf_trace_printk("hello, new process\n");
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

	log.Print("Tracing new processes; Ctrl-C ends it.")
	return pipe.Print(ctx, os.Stdout, "")
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

	err := run(ctx)
	var missing *bccgo.UnsupportedError
	if errors.As(err, &missing) {
		log.Print("This kernel has no kprobes; the lesson hello_tracepoint does without them.")
	}
	if err != nil {
		log.Fatal(err)
	}
}
