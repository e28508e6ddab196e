// Command 10_disklatency measures how long disk requests take and prints the
// times as a histogram when it ends.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/disk"
)

const program = `
/* A request is known by its place until it is done. */
struct place {
	u64 dev;
	u64 sector;
};
BPF_HASH(begun, struct place);
BPF_HISTOGRAM(latency);

TRACEPOINT_PROBE(block, block_rq_issue)
{
	struct place p = {.dev = args->dev, .sector = args->sector};
	u64 now = bpf_ktime_get_ns();

	/* A request without data, such as a flush, has no place. */
	if (args->nr_sector && (!TARGET_DEV || args->dev == TARGET_DEV))
		begun.update(&p, &now);
	return 0;
}

TRACEPOINT_PROBE(block, block_rq_complete)
{
	struct place p = {.dev = args->dev, .sector = args->sector};
	u64 *begin;

	if (!args->nr_sector)
		return 0;
	begin = begun.lookup(&p);
	if (begin) {
		latency.atomic_increment(bpf_log2l((bpf_ktime_get_ns() - *begin) / 1000));
		begun.delete(&p);
	}
	return 0;
}`

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

	log.Print("Timing disk requests; Ctrl-C prints the histogram.")
	<-ctx.Done()
	return m.Table("latency").PrintLog2Hist(os.Stdout, "usecs", nil)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	name := flag.String("disk", "", "time requests of this `disk` only, such as sda")
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
