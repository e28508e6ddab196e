// Command xdp_drop_count drops the packets of some protocols as they arrive at a
// network device, before the kernel's network stack, and counts by protocol what
// was dropped and what passed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/ipv6.h>

struct count_t {
	u64 passed;
	u64 dropped;
};

/* By the number of the protocol above IP. */
BPF_PERCPU_ARRAY(counts, struct count_t, 256);
BPF_ARRAY(unwanted, u32, 256);

int filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct ipv6hdr *ip6 = data + sizeof(*ethernet);
	struct count_t *count;
	u32 *drop;
	int protocol;

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		if ((void *)(ip + 1) > end)
			return XDP_PASS;
		protocol = ip->protocol;
	} else if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ip6 + 1) > end)
			return XDP_PASS;
		protocol = ip6->nexthdr;
	} else {
		return XDP_PASS;
	}
	count = counts.lookup(&protocol);
	drop = unwanted.lookup(&protocol);
	if (!count || !drop)
		return XDP_PASS;
	if (*drop) {
		count->dropped++;
		return XDP_DROP;
	}
	count->passed++;
	return XDP_PASS;
}`

type count struct {
	Passed, Dropped uint64
}

// protocols are the numbers of those that can be named.
var protocols = map[string]int32{"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58}

func run(ctx context.Context, device, drop string, o *bccgo.XDPOptions) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.PerCPU[int32, count](m, "counts")
	if err != nil {
		return err
	}
	if err := setUnwanted(m, drop); err != nil {
		return err
	}
	if err := printCost(m); err != nil {
		return err
	}
	if err := counts.Zero(); err != nil { // the packets of printCost
		return err
	}
	if _, err := m.AttachXDP(device, "filter", o); err != nil {
		return err
	}
	log.Printf("Dropping %s on %s; Ctrl-C ends it.", drop, device)
	<-ctx.Done()
	return printCounts(counts)
}

func setUnwanted(m *bccgo.Module, drop string) error {
	unwanted, err := bccgo.Map[int32, uint32](m, "unwanted")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(drop, ",") {
		protocol, ok := protocols[name]
		if !ok {
			return fmt.Errorf("-drop %s: give icmp, icmp6, tcp or udp, separated by commas", name)
		}
		if err := unwanted.Update(protocol, 1); err != nil {
			return err
		}
	}
	return nil
}

// printCost has the kernel run the function on one packet many times.
func printCost(m *bccgo.Module) error {
	packet := make([]byte, 64)
	packet[12] = 0x08 // IPv4
	packet[14] = 0x45
	packet[14+9] = 17 // UDP
	result, err := m.TestRun("filter", &bccgo.TestRunOptions{Data: packet, Repeat: 100_000})
	if err != nil {
		return err
	}
	log.Printf("A packet of UDP takes %v: %v.", result.Duration, bccgo.XDPAction(result.Return))
	return nil
}

func printCounts(counts *bccgo.PerCPUMap[int32, count]) error {
	names := map[int32]string{}
	for name, protocol := range protocols {
		names[protocol] = name
	}
	fmt.Printf("%-8s %10s %10s\n", "PROTOCOL", "PASSED", "DROPPED")
	for protocol, each := range counts.All() {
		var sum count
		for _, c := range each {
			sum.Passed += c.Passed
			sum.Dropped += c.Dropped
		}
		if sum == (count{}) {
			continue
		}
		name := names[protocol]
		if name == "" {
			name = fmt.Sprint(protocol)
		}
		fmt.Printf("%-8s %10d %10d\n", name, sum.Passed, sum.Dropped)
	}
	return counts.Err()
}

func main() {
	device := flag.String("i", "", "the network `device`, such as eth0")
	drop := flag.String("drop", "udp", "drop these `protocols`: icmp, icmp6, tcp, udp, separated by commas")
	generic := flag.Bool("skb", false, "use the kernel's generic place, not the driver's")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	var o bccgo.XDPOptions
	if *generic {
		o.Flags = bccgo.XDPFlagsSKBMode
	}
	if err := run(ctx, *device, *drop, &o); err != nil {
		log.Fatal(err)
	}
}
