// Command biolatpcts shows percentiles of the time that a disk takes for a
// request, for reads, writes, flushes and discards, at intervals.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// A raw tracepoint has the kernel's own arguments: the request, with its disk
// and what it asks for.
const program = `
#include <linux/blkdev.h>
#include <linux/blk-mq.h>
#include <linux/version.h>

#define OPERATIONS 4
#define BUCKETS 512

/* When a request went to the disk. */
BPF_HASH(issued, struct request *, u64);

/* How many took as long as a bucket says, by operation. A power of two has 16
 * buckets of the same width, so that they tell 6 % from each other. */
BPF_PERCPU_ARRAY(latencies, u64, OPERATIONS * BUCKETS);

static inline u32 bucket(u64 usecs)
{
	u32 log;

	if (usecs < 16)
		return usecs;
	log = bpf_log2l(usecs) - 5;
	return 16 * log + (usecs >> log);
}

RAW_TRACEPOINT_PROBE(block_rq_issue)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	struct request *rq = (struct request *)ctx->args[0];
#else
	struct request *rq = (struct request *)ctx->args[1];
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	struct gendisk *disk = rq->q->disk;
#else
	struct gendisk *disk = rq->rq_disk;
#endif
	u64 now = bpf_ktime_get_ns();

	if (disk->major == DISK_MAJOR && disk->first_minor == DISK_MINOR)
		issued.update(&rq, &now);
	return 0;
}

RAW_TRACEPOINT_PROBE(block_rq_complete)
{
	struct request *rq = (struct request *)ctx->args[0];
	u64 *since = issued.lookup(&rq);
	u32 operation, at;

	if (!since)
		return 0;
	operation = rq->cmd_flags & REQ_OP_MASK;
	at = bucket((bpf_ktime_get_ns() - *since) / 1000);
	issued.delete(&rq);
	if (operation < OPERATIONS && at < BUCKETS)
		latencies.increment(operation * BUCKETS + at);
	return 0;
}`

// operations are REQ_OP_READ and so on, by number.
var operations = [4]string{"read", "write", "flush", "discard"}

// printTable prints the percentiles of the requests counted, one operation a
// line.
func printTable(w io.Writer, disk string, counts [][]uint64) error {
	fmt.Fprintf(w, "%-9s %-8s %8s", time.Now().Format(time.TimeOnly), disk, "COUNT")
	for _, p := range percents {
		fmt.Fprintf(w, " %7s", "p"+strconv.FormatFloat(p, 'f', -1, 64))
	}
	fmt.Fprintln(w)
	for i, name := range operations {
		d := distribution(counts[i])
		fmt.Fprintf(w, "%-9s %-8s %8d", "", name, d.total())
		for _, p := range percents {
			fmt.Fprintf(w, " %7s", d.show(p))
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// read returns the counts of each operation since the start.
func read(m *bccgo.Module) ([][]uint64, error) {
	latencies, err := bccgo.PerCPU[int32, uint64](m, "latencies")
	if err != nil {
		return nil, err
	}
	counts := make([][]uint64, len(operations))
	for i := range counts {
		counts[i] = make([]uint64, buckets)
	}
	for at, n := range bccgo.Reduce(latencies, bccgo.Sum) {
		counts[at/buckets][at%buckets] = n
	}
	return counts, latencies.Err()
}

func run(ctx context.Context, name string, interval time.Duration) error {
	major, minor, err := findDisk(name)
	if err != nil {
		return err
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"DISK_MAJOR": major, "DISK_MINOR": minor}})
	if err != nil {
		return err
	}
	defer m.Close()

	log.Printf("Measuring requests of disk %s; Ctrl-C ends it.", name)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	before, err := read(m)
	for err == nil && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		var now [][]uint64
		if now, err = read(m); err == nil {
			err = printTable(os.Stdout, name, since(before, now))
		}
		before = now
	}
	return err
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	interval := flag.Duration("i", 3*time.Second, "print after each of this `time`")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() != 1 || *interval <= 0 {
		log.Fatal("biolatpcts: name one disk, and an interval above 0: biolatpcts [-i 3s] DISK")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, flag.Arg(0), *interval); err != nil {
		log.Fatal(err)
	}
}
