package bccgo

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// frameText looks at packets to a port that come in in one network namespace.
const frameText = `
#include <linux/skbuff.h>
#include <linux/netdevice.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
struct found_t {
	u32 length, linear, device, mark, source, destination;
	u16 protocol, source_port, destination_port, udp_length, total_length;
	u8 version, words, ttl, tos, transport;
	u8 from[6], to[6];
	char name[16], payload[16];
};
BPF_ARRAY(found, struct found_t, 1);

/* libbcc follows no pointer out of a tracepoint's record. */
#define READ(member) ({ \
	typeof(member) value; \
	bpf_probe_read_kernel(&value, sizeof(value), &(member)); \
	value; \
})

TRACEPOINT_PROBE(net, netif_receive_skb)
{
	struct sk_buff *skb = (struct sk_buff *)args->skbaddr;
	struct found_t f = {};
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct net_device *dev;
	struct net *net;
	unsigned char *head;
	u16 mac, network;
	int zero = 0;

	dev = READ(skb->dev);
	net = READ(dev->nd_net.net);
	if (READ(net->ns.inum) != NETNS)
		return 0;
	head = READ(skb->head);
	mac = READ(skb->mac_header);
	network = READ(skb->network_header);
	bpf_probe_read_kernel(&eth, sizeof(eth), head + mac);
	bpf_probe_read_kernel(&ip, sizeof(ip), head + network);
	if (eth.h_proto != htons(ETH_P_IP) || ip.protocol != IPPROTO_UDP)
		return 0;
	bpf_probe_read_kernel(&udp, sizeof(udp), head + network + ip.ihl * 4);
	if (udp.dest != htons(PORT))
		return 0;

	f.length = READ(skb->len);
	f.linear = f.length - READ(skb->data_len);
	f.protocol = ntohs(READ(skb->protocol));
	f.mark = READ(skb->mark);
	f.device = READ(dev->ifindex);
	bpf_probe_read_kernel_str(f.name, sizeof(f.name), dev->name);
	f.version = ip.version;
	f.words = ip.ihl;
	f.ttl = ip.ttl;
	f.tos = ip.tos;
	f.transport = ip.protocol;
	f.total_length = ntohs(ip.tot_len);
	f.source = ip.saddr;
	f.destination = ip.daddr;
	f.source_port = ntohs(udp.source);
	f.destination_port = ntohs(udp.dest);
	f.udp_length = ntohs(udp.len);
	__builtin_memcpy(f.from, eth.h_source, sizeof(f.from));
	__builtin_memcpy(f.to, eth.h_dest, sizeof(f.to));
	bpf_probe_read_kernel_str(f.payload, sizeof(f.payload), head + network + ip.ihl * 4 + sizeof(udp));
	found.update(&zero, &f);
	return 0;
}
`

type foundPacket struct {
	Length, Linear, Device, Mark, Source, Destination             uint32
	Protocol, SourcePort, DestinationPort, UDPLength, TotalLength uint16
	Version, Words, TTL, TOS, Transport                           uint8
	From, To                                                      [6]byte
	Name, Payload                                                 [16]byte
}

// TestLiveTruthPacket sends a packet from one end of a cable to the other.
func TestLiveTruthPacket(t *testing.T) {
	testenv.Live(t)
	inOwnNetwork(t, func() error {
		w, err := lay()
		if err != nil {
			return err
		}
		m := loadTruth(t, frameText, map[string]string{"NETNS": fmt.Sprint(w.net), "PORT": "4711"})
		fd := socketOn(t, unix.SOCK_DGRAM, netip.MustParseAddr("10.9.8.1"))
		for name, value := range map[int]int{unix.IP_TTL: 33, unix.IP_TOS: 0x28} {
			if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, name, value); err != nil {
				return err
			}
		}
		text := []byte("truth in packet")
		to := netip.MustParseAddrPort("10.9.8.2:4711")
		if err := unix.Sendto(fd, append(text, 0), 0, sockaddr(to)); err != nil {
			return err
		}
		found, err := Map[int32, foundPacket](m, "found")
		if err != nil {
			return err
		}
		w.check(t, fd, text, found)
		return nil
	})
}

// cable is a pair of network devices. What is sent to a neighbour that was
// entered by hand leaves through one and comes in through the other.
type cable struct {
	net       uint32
	near, far *net.Interface
}

func lay() (*cable, error) {
	for _, args := range [][]string{
		{"link", "add", "truth0", "type", "veth", "peer", "name", "truth1"},
		{"link", "set", "truth0", "up"},
		{"link", "set", "truth1", "up"},
		{"address", "add", "10.9.8.1/24", "dev", "truth0"},
		{"neighbour", "add", "10.9.8.2", "lladdr", "02:00:00:00:00:77", "dev", "truth0"},
	} {
		if err := ip(args...); err != nil {
			return nil, err
		}
	}
	c := new(cable)
	var err error
	if c.net, err = netNS(); err != nil {
		return nil, err
	}
	if c.near, err = net.InterfaceByName("truth0"); err != nil {
		return nil, err
	}
	c.far, err = net.InterfaceByName("truth1")
	return c, err
}

// check waits for the packet and compares it.
func (c *cable) check(t *testing.T, fd int, text []byte, found *TypedMap[int32, foundPacket]) {
	t.Helper()
	var got foundPacket
	eventually(t, "the packet", func() (ok bool, err error) {
		got, err = found.Lookup(0)
		return got.Length > 0, err
	})
	from, port := address(unix.Getsockname(fd))
	const payload = 16
	want := foundPacket{
		Length: 20 + 8 + payload, Linear: 20 + 8 + payload, Device: uint32(c.far.Index), Protocol: unix.ETH_P_IP,
		Source: nativeOrder(from[:4]), Destination: nativeOrder([]byte{10, 9, 8, 2}), SourcePort: port, DestinationPort: 4711,
		UDPLength: 8 + payload, TotalLength: 20 + 8 + payload, Version: 4, Words: 5, TTL: 33, TOS: 0x28, Transport: unix.IPPROTO_UDP,
		From: [6]byte(c.near.HardwareAddr), To: [6]byte{2, 0, 0, 0, 0, 0x77},
	}
	copy(want.Name[:], c.far.Name)
	copy(want.Payload[:], text)
	if got != want || !bytes.Equal(got.Payload[:15], text) {
		t.Errorf("found %+v\nwant  %+v", got, want)
	}
}
