// Command 05_sync_count warns of hasty syncs as 04_sync_timing does, and counts
// all of them in a table that it reads at the end.
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
BPF_HASH(last_sync);
BPF_ARRAY(syncs, u64, 1);

int kprobe__sys_sync(void *ctx)
{
	u64 slot = 0, now = bpf_ktime_get_ns(), gap;
	u64 *last = last_sync.lookup(&slot);
	int first = 0;
	u64 *count = syncs.lookup(&first);

	if (!count)
		return 0;
	lock_xadd(count, 1);
	if (last) {
		gap = now - *last;
		if (gap < 1000000000)
			bpf_trace_printk("%llu %llu\n", *count, gap / 1000000);
	}
	last_sync.update(&slot, &now);
	return 0;
}`

// show prints the warnings until ctx ends.
func show(ctx context.Context, pipe *bccgo.TracePipe) error {
	for l, err := range pipe.All(ctx) {
		if err != nil {
			return err
		}
		var number, ms uint64
		if _, err := fmt.Sscan(l.Message, &number, &ms); err != nil {
			continue // a line of another program: all share the pipe
		}
		fmt.Printf("%.2f s: sync number %d, %d ms after the one before\n", l.Timestamp, number, ms)
	}
	return nil
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	syncs, err := bccgo.Map[int32, uint64](m, "syncs")
	if err != nil {
		return err
	}

	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		return err
	}
	defer pipe.Close()

	log.Print("Counting syncs; Ctrl-C ends it.")
	if err := show(ctx, pipe); err != nil {
		return err
	}
	total, err := syncs.Lookup(0)
	if err != nil {
		return err
	}
	fmt.Printf("%d syncs in all\n", total)
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
