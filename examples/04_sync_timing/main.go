// Command 04_sync_timing warns when two calls of sync come within a second of
// each other. A hash in the kernel remembers when the last one was.
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
/* A table from u64 to u64, which has one entry: the time of the last sync. */
BPF_HASH(last_sync);

int kprobe__sys_sync(void *ctx)
{
	u64 slot = 0, now = bpf_ktime_get_ns(), gap;
	u64 *last = last_sync.lookup(&slot);

	if (last) {
		gap = now - *last;
		if (gap < 1000000000)
			bpf_trace_printk("sync again after %llu ms\n", gap / 1000000);
	}
	last_sync.update(&slot, &now);
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

	log.Print("Waiting for hasty syncs; Ctrl-C ends it.")
	for l, err := range pipe.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%.2f s: %s (%d): %s\n", l.Timestamp, l.Task, l.PID, l.Message)
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
