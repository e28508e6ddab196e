// Command strlen_hist counts the results of strlen in the C library and prints
// them as a histogram when it ends.
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
#include <uapi/linux/ptrace.h>

BPF_HISTOGRAM(lengths);

int measured(struct pt_regs *ctx)
{
	lengths.atomic_increment(bpf_log2l(PT_REGS_RC(ctx)));
	return 0;
}`

func run(ctx context.Context, pid int) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachUretprobe("c", "strlen", "measured", &bccgo.UprobeOptions{PID: pid}); err != nil {
		return err
	}

	log.Print("Measuring strings; Ctrl-C prints the histogram.")
	<-ctx.Done()
	return m.Table("lengths").PrintLog2Hist(os.Stdout, "bytes", nil)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "only this `process`")
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
