package bccgo

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

var udpLook = look{`
#include <linux/sched.h>
#include <linux/net.h>
#include <linux/udp.h>
#include <linux/skbuff.h>
#include <net/sock.h>
struct found_t {
	u32 family, state, device, mark, waiting, first, second, encapsulation;
	u8 local[16];
	u16 local_port, remote_port, segment;
	u8 reuse, reuse_port, ipv6_only, no_check;
	s16 hop_limit;
	char protocol[16];
};
`, `
	struct file **fds = task->files->fdt->fd;
	struct file *file = *(fds + FD0);
	struct socket *socket = file->private_data;
	struct sock *sk = socket->sk;
	struct udp_sock *udp = (struct udp_sock *)sk;
	struct sk_buff *skb = sk->sk_receive_queue.next;
	struct sock_common common = sk->__sk_common;

	f.family = common.skc_family;
	f.state = common.skc_state;
	f.device = common.skc_bound_dev_if;
	f.reuse = common.skc_reuse;
	f.reuse_port = common.skc_reuseport;
	f.ipv6_only = common.skc_ipv6only;
	f.local_port = common.skc_num;
	f.remote_port = ntohs(common.skc_dport);
	f.mark = sk->sk_mark;
	f.waiting = sk->sk_receive_queue.qlen;
	f.first = skb->len;
	f.second = skb->next->len;
	f.segment = udp->gso_size;
	f.encapsulation = udp->encap_type;
	if (f.family == AF_INET6) {
		struct ipv6_pinfo pinfo = *udp->inet.pinet6;

		f.hop_limit = pinfo.hop_limit;
		__builtin_memcpy(f.local, &common.skc_v6_rcv_saddr, sizeof(f.local));
	} else {
		*(u32 *)f.local = common.skc_rcv_saddr;
	}
	bpf_probe_read_kernel_str(f.protocol, sizeof(f.protocol), common.skc_prot->name);
`}

type foundUDP struct {
	Family, State, Device, Mark, Waiting, First, Second, Encapsulation uint32
	Local                                                              [16]byte
	LocalPort, RemotePort, Segment                                     uint16
	Reuse, ReusePort, IPv6Only, NoCheck                                uint8
	HopLimit                                                           int16
	Protocol                                                           [16]byte
}

// TestLiveTruthUDP looks into sockets with packets in their queue and options
// set, some of which are bit-fields.
func TestLiveTruthUDP(t *testing.T) {
	for _, set := range []bool{false, true} {
		for host, protocol := range map[string]string{"127.0.0.1": "UDP", "::1": "UDPv6"} {
			inOwnNetwork(t, func() error {
				a := netip.MustParseAddr(host)
				fd := socketOn(t, unix.SOCK_DGRAM, a)
				want := foundUDP{Family: uint32(family(a)), State: unix.BPF_TCP_CLOSE, Waiting: 2, First: 11, Second: 222, HopLimit: -1}
				if set {
					if err := setOptions(fd, a, &want); err != nil {
						return err
					}
				}
				if a.Is4() {
					want.HopLimit = 0
				} else {
					// To bind to one address sets it.
					want.IPv6Only = uint8(sockopt(t, fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY))
				}
				copy(want.Protocol[:], protocol)
				sendUDP(t, a, fd, 11, 222)
				want.Local, want.LocalPort = address(unix.Getsockname(fd))
				if got := take[foundUDP](t, udpLook, fd).now(); got != want {
					t.Errorf("%v, %t: found %+v\nwant  %+v", a, set, got, want)
				}
				return nil
			})
		}
	}
}

// setOptions sets options of a socket, and what they should be found as.
func setOptions(fd int, a netip.Addr, want *foundUDP) error {
	want.Reuse, want.ReusePort, want.Mark, want.Segment, want.Encapsulation = 1, 1, 0x1234, 1200, 2
	options := [][3]int{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}, {unix.SOL_SOCKET, unix.SO_REUSEPORT, 1}, {unix.SOL_SOCKET, unix.SO_MARK, 0x1234},
		{unix.IPPROTO_UDP, unix.UDP_SEGMENT, 1200}, {unix.IPPROTO_UDP, unix.UDP_ENCAP, unix.UDP_ENCAP_ESPINUDP},
	}
	if a.Is6() {
		want.HopLimit = 77
		options = append(options, [3]int{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, 77})
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o[0], o[1], o[2]); err != nil {
			return err
		}
	}
	return nil
}

// sendUDP sends packets of some lengths to a socket.
func sendUDP(t *testing.T, a netip.Addr, to int, lengths ...int) {
	t.Helper()
	sender := socketOn(t, unix.SOCK_DGRAM, a)
	name, err := unix.Getsockname(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range lengths {
		if err := unix.Sendto(sender, make([]byte, n), 0, name); err != nil {
			t.Fatal(err)
		}
	}
}
