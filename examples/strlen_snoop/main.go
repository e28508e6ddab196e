// Command strlen_snoop prints the strings that a process measures with strlen.
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
#include <uapi/linux/ptrace.h>

int measures(struct pt_regs *ctx)
{
	char text[80];

	bpf_probe_read_user_str(text, sizeof(text), (void *)PT_REGS_PARM1(ctx));
	bpf_trace_printk("%s\n", text);
	return 0;
}`

func run(ctx context.Context, pid int) error {
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
	if _, err := m.AttachUprobe("c", "strlen", "measures", &bccgo.UprobeOptions{PID: pid}); err != nil {
		return err
	}

	log.Printf("Tracing strlen in process %d; Ctrl-C ends it.", pid)
	fmt.Printf("%-16s %-16s %-7s %s\n", "SECONDS", "TASK", "TID", "STRING")
	for l, err := range pipe.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-16.6f %-16s %-7d %s\n", l.Timestamp, l.Task, l.PID, l.Message)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "the `process` to trace (required)")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 {
		log.Fatal("strlen_snoop: name a process: -p PID")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
