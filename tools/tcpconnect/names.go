package main

import (
	"net/netip"
	"strings"
	"time"
)

// namesProgram lets through to a raw socket what may be a DNS answer. It goes
// behind the program's own text.
const namesProgram = `
#ifdef NAMES
#include <linux/if_ether.h>
#include <linux/if_packet.h>

int dns_answers(struct __sk_buff *skb)
{
	u8 head = 0, protocol = 0;
	u16 port = 0;

	if (skb->pkt_type == PACKET_OUTGOING)
		return 0;
	if (bpf_skb_load_bytes_relative(skb, 0, &head, 1, BPF_HDR_START_NET))
		return 0;
	if (skb->protocol == htons(ETH_P_IP)) {
		bpf_skb_load_bytes_relative(skb, 9, &protocol, 1, BPF_HDR_START_NET);
		bpf_skb_load_bytes_relative(skb, (head & 15) * 4, &port, 2, BPF_HDR_START_NET);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		bpf_skb_load_bytes_relative(skb, 6, &protocol, 1, BPF_HDR_START_NET);
		bpf_skb_load_bytes_relative(skb, 40, &port, 2, BPF_HDR_START_NET);
	}
	return protocol == IPPROTO_UDP && port == htons(53) ? -1 : 0;
}
#endif
`

// maxNames is how many addresses are remembered.
const maxNames = 10000

// name is what an address was asked for by, and when the answer came.
type name struct {
	text string
	seen time.Time
}

// names remembers the names that were last asked for by the addresses they had.
type names struct {
	byAddr map[netip.Addr]name
	// order has the addresses as they came; those that came again are in it
	// more than once, with other times.
	order []arrival
}

type arrival struct {
	addr netip.Addr
	seen time.Time
}

func newNames() *names { return &names{byAddr: make(map[netip.Addr]name)} }

// add remembers the addresses of an answer.
func (n *names) add(a answer, now time.Time) {
	for _, addr := range a.addrs {
		n.byAddr[addr] = name{strings.TrimSuffix(a.question, "."), now}
		n.order = append(n.order, arrival{addr, now})
	}
	for len(n.order) > maxNames {
		oldest := n.order[0]
		n.order = n.order[1:]
		if n.byAddr[oldest.addr].seen.Equal(oldest.seen) {
			delete(n.byAddr, oldest.addr)
		}
	}
}

// find returns the name that an address was last asked for by, and how long
// before a time the answer came. Loopback addresses are "localhost" unless they
// were asked for by another name.
func (n *names) find(addr netip.Addr, at time.Time) (text string, age time.Duration) {
	if found, ok := n.byAddr[addr]; ok {
		return found.text, max(0, at.Sub(found.seen))
	}
	if addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback() {
		return "localhost", 0
	}
	return "", 0
}
