// Command socket_protocols counts the bytes of TCP, UDP and ICMP that arrive
// over the loopback device, with a filter on a raw socket.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/if_ether.h>
#include <uapi/linux/if_packet.h>
#include <uapi/linux/ip.h>

/* Bytes by the number of the protocol above IP. */
BPF_ARRAY(bytes, u64, 256);

int count_bytes(struct __sk_buff *skb)
{
	int protocol;

	/* The loopback device shows each packet twice: leaving and arriving. */
	if (skb->pkt_type == PACKET_OUTGOING || skb->protocol != bpf_htons(ETH_P_IP))
		return 0;
	protocol = load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol));
	bytes.atomic_increment(protocol, skb->len - ETH_HLEN);
	return 0;
}`

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	bytes, err := bccgo.Map[int32, uint64](m, "bytes")
	if err != nil {
		return err
	}

	// The filter's result is 0, so the socket itself never has a packet to read.
	if _, err := m.AttachRawSocket("lo", "count_bytes"); err != nil {
		return err
	}

	log.Print("Counting bytes on lo; Ctrl-C ends it.")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return printTotals(bytes)
		case <-tick.C:
			if err := printTotals(bytes); err != nil {
				return err
			}
		}
	}
}

func printTotals(bytes *bccgo.TypedMap[int32, uint64]) error {
	tcp, err := bytes.Lookup(syscall.IPPROTO_TCP)
	if err != nil {
		return err
	}
	udp, err := bytes.Lookup(syscall.IPPROTO_UDP)
	if err != nil {
		return err
	}
	icmp, err := bytes.Lookup(syscall.IPPROTO_ICMP)
	if err != nil {
		return err
	}
	fmt.Printf("TCP %d UDP %d ICMP %d bytes\n", tcp, udp, icmp)
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
