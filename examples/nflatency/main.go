// Command nflatency measures how long packets spend in the hooks of netfilter
// (iptables, nftables, connection tracking), and prints histograms when it ends.
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
#include <linux/netfilter.h>

struct visit {
	u64 since;
	u32 family;
	u32 hook;
};

/* The packet that is in a hook on each CPU. */
BPF_PERCPU_ARRAY(visits, struct visit, 1);

/* The fields before the last make a histogram of their own each. */
struct place {
	u32 family;
	u32 hook;
	u64 slot;
};
BPF_HISTOGRAM(latencies, struct place);

int kprobe__nf_hook_slow(struct pt_regs *ctx, struct sk_buff *skb, struct nf_hook_state *state)
{
	int slot = 0;
	struct visit *v = visits.lookup(&slot);

	if (!v)
		return 0;
	v->family = state->pf;
	v->hook = state->hook;
	v->since = bpf_ktime_get_ns();
	return 0;
}

int kretprobe__nf_hook_slow(struct pt_regs *ctx)
{
	int slot = 0;
	struct visit *v = visits.lookup(&slot);
	struct place p = {};

	if (!v || !v->since)
		return 0;
	p.family = v->family;
	p.hook = v->hook;
	p.slot = bpf_log2l((bpf_ktime_get_ns() - v->since) / 1000);
	v->since = 0;
	latencies.atomic_increment(p);
	return 0;
}`

// families are the protocol families that have hooks (NFPROTO_… in
// linux/netfilter.h).
var families = map[uint64]string{1: "inet", 2: "IPv4", 3: "ARP", 5: "netdev", 7: "bridge", 10: "IPv6"}

// hooks are the places in the way of an IP packet (NF_INET_…).
var hooks = []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}

// hookName names a place: those of ARP and of devices are others.
func hookName(family, hook uint64) string {
	name, known := families[family]
	if !known {
		name = fmt.Sprintf("family %d", family)
	}
	if name == "ARP" || name == "netdev" || hook >= uint64(len(hooks)) {
		return fmt.Sprintf("%s hook %d", name, hook)
	}
	return name + " " + hooks[hook]
}

// section names a histogram by the fields of its key.
func section(key any) string {
	fields, ok := key.(bccgo.KeyFields)
	if !ok {
		return fmt.Sprint(key)
	}
	family, _ := fields.Field("family")
	hook, _ := fields.Field("hook")
	f, _ := family.Uint()
	h, _ := hook.Uint()
	return hookName(f, h)
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	log.Print("Measuring netfilter; Ctrl-C prints the histograms.")
	<-ctx.Done()
	o := &bccgo.HistogramOptions{SectionHeader: "at", SectionPrint: section}
	return m.Table("latencies").PrintLog2Hist(os.Stdout, "usecs", o)
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
