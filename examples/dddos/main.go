// Command dddos warns of hosts that send very many packets within a second, as
// in an attack meant to make a service unavailable. It is a naive detector.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/ip.h>
#include <linux/skbuff.h>

#define SECOND 1000000000ULL

/* The packets of a host since a time. */
struct window {
	u64 since;
	u64 packets;
	u64 warned;
};

/* When it is full, the hosts not heard of for longest make room. */
BPF_TABLE("lru_hash", u32, struct window, windows, 10240);

struct flood {
	u64 took;
	u32 from;
};
BPF_PERF_OUTPUT(floods);

int kprobe__ip_rcv(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct iphdr *ip = (struct iphdr *)(skb->head + skb->network_header);
	u64 now = bpf_ktime_get_ns(), took;
	struct window first = { .since = now }, *w;
	struct flood f = {};

	f.from = ip->saddr;
	w = windows.lookup_or_try_init(&f.from, &first);
	if (!w)
		return 0;
	took = now - w->since;
	if (took > SECOND) {
		w->since = now;
		w->packets = 0;
		w->warned = 0;
		took = 0;
	}
	lock_xadd(&w->packets, 1);
	if (w->packets >= LIMIT && !w->warned) {
		w->warned = 1;
		f.took = took;
		floods.perf_submit(ctx, &f, sizeof(f));
	}
	return 0;
}`

type flood struct {
	Took uint64
	From uint32
}

func run(ctx context.Context, limit uint) error {
	m, err := bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"LIMIT": strconv.FormatUint(uint64(limit), 10)}})
	if err != nil {
		return err
	}
	defer m.Close()

	floods := bccgo.Stream[flood](m, "floods", nil)
	if err := floods.Err(); err != nil {
		return err
	}
	log.Printf("Watching for %d packets a second from a host; Ctrl-C ends it.", limit)
	fmt.Printf("%-8s %-15s %s\n", "TIME", "FROM", "PACKETS")
	for f, err := range floods.All(ctx) {
		if err != nil {
			return err
		}
		var from [4]byte
		binary.NativeEndian.PutUint32(from[:], f.From)
		fmt.Printf("%-8s %-15v %d within %d ms\n", time.Now().Format(time.TimeOnly), netip.AddrFrom4(from), limit,
			time.Duration(f.Took).Milliseconds())
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	limit := flag.Uint("n", 1000, "how many `packets` within a second are too many")
	flag.Parse()
	log.SetFlags(0)
	if *limit == 0 {
		log.Fatal("dddos: -n 0: no packet at all would be too many")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *limit); err != nil {
		log.Fatal(err)
	}
}
