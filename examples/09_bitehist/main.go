// Command 09_bitehist counts the sizes of finished disk requests and prints
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

// The kernel function that accounts a finished request changed its name four
// times and is inlined in some kernels; the tracepoint beside it is the same in
// all of them. It counts in sectors of 512 bytes.
const program = `
BPF_HISTOGRAM(sizes);

TRACEPOINT_PROBE(block, block_rq_complete)
{
	sizes.atomic_increment(bpf_log2l(args->nr_sector / 2));
	return 0;
}`

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	log.Print("Counting disk requests; Ctrl-C prints the histogram.")
	<-ctx.Done()
	return m.Table("sizes").PrintLog2Hist(os.Stdout, "KiB", nil)
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
