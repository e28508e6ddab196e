// Command http_filter prints the first line of the HTTP requests and answers that
// pass a network device, in plain text over TCP. A filter in the kernel picks the
// packets, Go reads no others.
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

#define LOOPBACK 1	/* the number of the device lo, always */
#define WANTED 512	/* bytes of a message that Go gets */

#define BYTES(a, b, c, d) ((a) << 24 | (b) << 16 | (c) << 8 | (d))

/* What requests and answers begin with. */
static inline int is_http(u32 begin)
{
	switch (begin) {
	case BYTES('H', 'T', 'T', 'P'):
	case BYTES('G', 'E', 'T', ' '):
	case BYTES('H', 'E', 'A', 'D'):
	case BYTES('P', 'O', 'S', 'T'):
	case BYTES('P', 'U', 'T', ' '):
	case BYTES('P', 'A', 'T', 'C'):
	case BYTES('D', 'E', 'L', 'E'):
	case BYTES('O', 'P', 'T', 'I'):
	case BYTES('C', 'O', 'N', 'N'):
	case BYTES('T', 'R', 'A', 'C'):
		return 1;
	}
	return 0;
}

int pick_http(struct __sk_buff *skb)
{
	u8 *cursor = 0;
	struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
	struct ip_t *ip;
	struct ip6_t *ip6;
	struct tcp_t *tcp;
	u32 start, end;

	/* lo shows each packet twice: leaving and arriving. */
	if (skb->ifindex == LOOPBACK && skb->pkt_type == PACKET_OUTGOING)
		return 0;
	if (ethernet->type == ETH_P_IP) {
		ip = cursor_advance(cursor, sizeof(*ip));
		if (ip->nextp != IPPROTO_TCP || ip->foffset)
			return 0;
		start = ETH_HLEN + ip->hlen * 4;
		end = ETH_HLEN + ip->tlen;
	} else if (ethernet->type == ETH_P_IPV6) {
		ip6 = cursor_advance(cursor, sizeof(*ip6));
		if (ip6->next_header != IPPROTO_TCP)
			return 0;
		start = ETH_HLEN + sizeof(*ip6);
		end = start + ip6->payload_len;
	} else {
		return 0;
	}
	cursor = (u8 *)(u64)start;
	tcp = cursor_advance(cursor, sizeof(*tcp));
	start += tcp->offset * 4;
	if (start + sizeof(u32) > end || !is_http(load_word(skb, start)))
		return 0;
	return start + WANTED;
}`

func run(ctx context.Context, device string) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	socket, err := m.AttachRawSocket(device, "pick_http")
	if err != nil {
		return err
	}
	// When ctx ends, so does a read that is waiting.
	defer context.AfterFunc(ctx, func() { socket.SetReadDeadline(time.Now()) })()

	log.Print("Waiting for HTTP; Ctrl-C ends it.")
	fmt.Printf("%-8s %-24s %-24s %s\n", "TIME", "FROM", "TO", "LINE")
	packet := make([]byte, 64<<10)
	for {
		n, err := socket.Read(packet)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if h, ok := parseMessage(packet[:n]); ok {
			fmt.Printf("%-8s %-24v %-24v %s\n", time.Now().Format(time.TimeOnly), h.from, h.to, h.line)
		}
	}
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	device := flag.String("i", "", "listen at this network `device` only, such as eth0")
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
