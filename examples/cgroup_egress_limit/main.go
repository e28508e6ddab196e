// Command cgroup_egress_limit lets the processes of a control group send no more
// than some bytes a second, and drops the rest.
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
)

const program = `
struct bucket_t {
	s64 room;   /* bytes that may be sent now; may fall below 0, as CPUs take at once */
	u64 filled; /* when room was last added to */
};

struct count_t {
	u64 sent;
	u64 dropped;
};

BPF_ARRAY(bucket, struct bucket_t, 1);
BPF_ARRAY(count, struct count_t, 1);

int limit(struct __sk_buff *skb)
{
	u64 now = bpf_ktime_get_ns();
	int zero = 0;
	struct bucket_t *b = bucket.lookup(&zero);
	struct count_t *c = count.lookup(&zero);
	u64 elapsed;

	if (!b || !c)
		return 1;
	elapsed = now - b->filled;
	if (elapsed > 1000000) {
		if (elapsed > 1000000000)
			elapsed = 1000000000;
		b->filled = now;
		b->room += elapsed / 1000 * BYTES_PER_SECOND / 1000000;
		if (b->room > BURST)
			b->room = BURST;
	}
	if ((s64)skb->len > b->room) {
		lock_xadd(&c->dropped, skb->len);
		return 0;
	}
	lock_xadd(&b->room, -(s64)skb->len);
	lock_xadd(&c->sent, skb->len);
	return 1;
}`

type count struct {
	Sent, Dropped uint64
}

func run(ctx context.Context, group string, rate, burst uint64) error {
	if rate == 0 || rate > 1<<40 || burst == 0 {
		return fmt.Errorf("-rate %d -burst %d: give bytes a second up to 2^40, and bytes", rate, burst)
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: map[string]string{
		"BYTES_PER_SECOND": strconv.FormatUint(rate, 10) + "LL",
		"BURST":            strconv.FormatUint(burst, 10) + "LL",
	}})
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.Map[int32, count](m, "count")
	if err != nil {
		return err
	}
	if _, err := m.AttachCgroup(group, "limit", bccgo.CgroupInetEgress, 0); err != nil {
		return err
	}
	log.Printf("Limiting %s to %d bytes/s; Ctrl-C ends it.", group, rate)
	<-ctx.Done()
	sum, err := counts.Lookup(0)
	if err != nil {
		return err
	}
	fmt.Printf("sent %d bytes, dropped %d bytes\n", sum.Sent, sum.Dropped)
	return nil
}

func main() {
	rate := flag.Uint64("rate", 1<<20, "`bytes` a second")
	burst := flag.Uint64("burst", 64<<10, "`bytes` that may be sent at once")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] GROUP\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, flag.Arg(0), *rate, *burst); err != nil {
		log.Fatal(err)
	}
}
