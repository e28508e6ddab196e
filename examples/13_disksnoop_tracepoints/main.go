// Command 13_disksnoop_tracepoints prints each disk request when it is done: who
// made it, its size and how long it took. It needs no kprobes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/disk"
)

const program = `
#include <linux/sched.h>

/* A request is known by its place until it is done. */
struct place {
	u64 dev;
	u64 sector;
};

struct transfer {
	u64 begin_ns;
	u64 end_ns;
	u64 sector;
	u64 bytes;
	u32 dev;
	u32 pid;
	char kind[8];
	char comm[TASK_COMM_LEN];
};
BPF_HASH(running, struct place, struct transfer);
BPF_PERF_OUTPUT(done);

TRACEPOINT_PROBE(block, block_rq_issue)
{
	struct place p = {.dev = args->dev, .sector = args->sector};
	struct transfer t = {};

	/* A request without data, such as a flush, has no place. */
	if (!args->nr_sector || (TARGET_DEV && args->dev != TARGET_DEV))
		return 0;
	t.begin_ns = bpf_ktime_get_ns();
	t.sector = args->sector;
	t.dev = args->dev;
	t.bytes = args->nr_sector * 512ULL;
	t.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&t.comm, sizeof(t.comm));
	bpf_probe_read_kernel(&t.kind, sizeof(t.kind), args->rwbs);
	running.update(&p, &t);
	return 0;
}

TRACEPOINT_PROBE(block, block_rq_complete)
{
	struct place p = {.dev = args->dev, .sector = args->sector};
	struct transfer t, *seen;

	if (!args->nr_sector)
		return 0;
	seen = running.lookup(&p);
	if (!seen)
		return 0;
	t = *seen;
	t.end_ns = bpf_ktime_get_ns();
	done.perf_submit(args, &t, sizeof(t));
	running.delete(&p);
	return 0;
}`

type transfer struct {
	BeginNS, EndNS, Sector, Bytes uint64
	Dev, PID                      uint32
	Kind                          [8]byte
	Comm                          bccgo.Comm
}

func run(ctx context.Context, name string) error {
	dev, err := disk.Number(name)
	if err != nil {
		return err
	}
	m, err := bccgo.Load(program, &bccgo.Options{
		Defines: map[string]string{"TARGET_DEV": strconv.FormatUint(uint64(dev), 10)},
	})
	if err != nil {
		return err
	}
	defer m.Close()

	done := bccgo.Stream[transfer](m, "done", nil)
	if err := done.Err(); err != nil {
		return err
	}
	log.Print("Tracing disk requests; Ctrl-C ends it.")
	fmt.Printf("%-15s %-16s %-7s %-8s %-4s %-10s %-8s %s\n", "TIME", "COMM", "PID", "DISK", "KIND", "SECTOR", "BYTES", "LAT(ms)")
	for t, err := range done.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-15s %-16s %-7d %-8s %-4s %-10d %-8d %.3f\n",
			bccgo.KtimeToTime(t.EndNS).Format("15:04:05.000000"), t.Comm, t.PID, disk.Name(t.Dev),
			bccgo.CString(t.Kind[:]), t.Sector, t.Bytes, float64(t.EndNS-t.BeginNS)/1e6)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	name := flag.String("disk", "", "show requests of this `disk` only, such as sda")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *name); err != nil {
		log.Fatal(err)
	}
}
