// Command 17_networking prints the names that are looked up over the network. A
// filter in the kernel picks the packets, Go reads them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <bcc/proto.h>
#include <uapi/linux/if_ether.h>
#include <uapi/linux/if_packet.h>
#include <uapi/linux/in.h>

#define LOOPBACK 1 /* the number of the device lo, always */
#define DNS_PORT 53

int pick_dns(struct __sk_buff *skb)
{
	u8 *cursor = 0;
	struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
	struct ip_t *ip;
	struct udp_t *udp;
	int options;

	/* lo shows each packet twice: leaving and arriving. */
	if (skb->ifindex == LOOPBACK && skb->pkt_type == PACKET_OUTGOING)
		return 0;
	if (ethernet->type != ETH_P_IP)
		return 0;
	ip = cursor_advance(cursor, sizeof(*ip));
	if (ip->nextp != IPPROTO_UDP || ip->foffset)
		return 0;
	options = ip->hlen * 4 - sizeof(*ip);
	cursor_advance(cursor, options);
	udp = cursor_advance(cursor, sizeof(*udp));
	return udp->dport == DNS_PORT ? -1 : 0;
}`

func run(ctx context.Context, device string) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	socket, err := m.AttachRawSocket(device, "pick_dns")
	if err != nil {
		return err
	}
	// When ctx ends, so does a read that is waiting.
	defer context.AfterFunc(ctx, func() { socket.SetReadDeadline(time.Now()) })()

	log.Print("Waiting for DNS queries; Ctrl-C ends it.")
	fmt.Printf("%-8s %-15s %-5s %s\n", "TIME", "FROM", "TYPE", "NAME")
	packet := make([]byte, 64<<10)
	for {
		n, err := socket.Read(packet)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if q, ok := parseQuery(packet[:n]); ok {
			fmt.Printf("%-8s %-15s %-5s %s\n", time.Now().Format(time.TimeOnly), q.from, q.kind, q.name)
		}
	}
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	device := flag.String("i", "", "listen on this network `device` only, such as eth0")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *device); err != nil {
		log.Fatal(err)
	}
}
