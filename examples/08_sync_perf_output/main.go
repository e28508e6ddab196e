// Command 08_sync_perf_output warns when two calls of sync come within a second
// of each other: lesson 04 with a struct and a perf buffer.
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
#include <linux/sched.h>

struct hasty {
	u64 ns;
	u64 gap;
	u32 tid;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(hasties);
BPF_HASH(last_sync);

int kprobe__sys_sync(void *ctx)
{
	u64 slot = 0, now = bpf_ktime_get_ns();
	u64 *last = last_sync.lookup(&slot);
	struct hasty h = {};

	if (last && now - *last < 1000000000) {
		h.ns = now;
		h.gap = now - *last;
		h.tid = bpf_get_current_pid_tgid();
		bpf_get_current_comm(&h.comm, sizeof(h.comm));
		hasties.perf_submit(ctx, &h, sizeof(h));
	}
	last_sync.update(&slot, &now);
	return 0;
}`

// hasty is struct hasty; its times are in nanoseconds.
type hasty struct {
	NS, Gap uint64
	TID     uint32
	Comm    bccgo.Comm
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	hasties := bccgo.Stream[hasty](m, "hasties", nil)
	if err := hasties.Err(); err != nil {
		return err
	}
	log.Print("Waiting for hasty syncs; Ctrl-C ends it.")
	var first uint64
	for h, err := range hasties.All(ctx) {
		if err != nil {
			return err
		}
		if first == 0 {
			first = h.NS
		}
		since := time.Duration(int64(h.NS - first))
		fmt.Printf("%.2f s: %s (%d): sync again after %d ms\n", since.Seconds(), h.Comm, h.TID, h.Gap/1e6)
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
