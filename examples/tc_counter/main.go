// Command tc_counter counts the packets and bytes that come in and go out at a
// network device, by protocol, at the ends of traffic control (tc).
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
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/ipv6.h>
#include <uapi/linux/pkt_cls.h>

struct count_t {
	u64 packets;
	u64 bytes;
};

/* By the number of the protocol above IP; 255 is what is not IP. */
BPF_PERCPU_ARRAY(in, struct count_t, 256);
BPF_PERCPU_ARRAY(out, struct count_t, 256);

static inline int protocol_of(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol));
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return load_byte(skb, ETH_HLEN + offsetof(struct ipv6hdr, nexthdr));
	return 255;
}

static inline void add(struct count_t *count, struct __sk_buff *skb)
{
	if (!count)
		return;
	count->packets++;
	count->bytes += skb->len;
}

int count_in(struct __sk_buff *skb)
{
	int protocol = protocol_of(skb);

	add(in.lookup(&protocol), skb);
	return TC_ACT_UNSPEC;
}

int count_out(struct __sk_buff *skb)
{
	int protocol = protocol_of(skb);

	add(out.lookup(&protocol), skb);
	return TC_ACT_UNSPEC;
}`

type count struct {
	Packets, Bytes uint64
}

func run(ctx context.Context, device string, o *bccgo.TCOptions) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	in, err := bccgo.PerCPU[int32, count](m, "in")
	if err != nil {
		return err
	}
	out, err := bccgo.PerCPU[int32, count](m, "out")
	if err != nil {
		return err
	}
	if err := printCost(m); err != nil {
		return err
	}
	if err := in.Zero(); err != nil { // the packets of printCost
		return err
	}
	if _, err := m.AttachTC(device, bccgo.Ingress, "count_in", o); err != nil {
		return err
	}
	if _, err := m.AttachTC(device, bccgo.Egress, "count_out", o); err != nil {
		return err
	}
	log.Printf("Counting packets at %s; Ctrl-C ends it.", device)
	<-ctx.Done()
	fmt.Printf("%-4s %-8s %10s %12s\n", "WAY", "PROTOCOL", "PACKETS", "BYTES")
	if err := printCounts("in", in); err != nil {
		return err
	}
	return printCounts("out", out)
}

// printCost has the kernel run a function on one packet many times.
func printCost(m *bccgo.Module) error {
	packet := make([]byte, 64)
	packet[12] = 0x08 // IPv4
	packet[14] = 0x45
	result, err := m.TestRun("count_in", &bccgo.TestRunOptions{Type: bccgo.SchedCLS, Data: packet, Repeat: 100_000})
	if err != nil {
		return err
	}
	log.Printf("A packet takes %v.", result.Duration)
	return nil
}

func printCounts(way string, counts *bccgo.PerCPUMap[int32, count]) error {
	names := map[int32]string{1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 255: "other"}
	for protocol, each := range counts.All() {
		var sum count
		for _, c := range each {
			sum.Packets += c.Packets
			sum.Bytes += c.Bytes
		}
		if sum.Packets == 0 {
			continue
		}
		name := names[protocol]
		if name == "" {
			name = fmt.Sprint(protocol)
		}
		fmt.Printf("%-4s %-8s %10d %12d\n", way, name, sum.Packets, sum.Bytes)
	}
	return counts.Err()
}

func main() {
	device := flag.String("i", "lo", "the network `device`, such as eth0")
	qdisc := flag.Bool("clsact", false, "use filters of the qdisc clsact even where the kernel has links")
	clean := flag.Bool("clean", false, "only remove what killed processes have left at the device")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	if *clean {
		n, err := bccgo.CleanTC(*device)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d filters removed\n", n)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *device, &bccgo.TCOptions{Clsact: *qdisc}); err != nil {
		log.Fatal(err)
	}
}
