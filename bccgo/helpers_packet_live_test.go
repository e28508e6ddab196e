package bccgo

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// The parts of the packets that the functions of packet.c are given. No byte is
// like its neighbours, so that a wrong place gives a wrong answer.
var (
	ethernet = []byte{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}
	ipv4     = []byte{0x45, 0x10, 0, 36, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	udpPart  = []byte{0x30, 0x39, 0, 53, 0, 16, 0, 0, 'e', 'i', 'g', 'h', 't', '-', 'b', 'y'}
)

// etherFrame joins a frame of a type with what is in it.
func etherFrame(ethertype uint16, parts ...[]byte) []byte {
	f := binary.BigEndian.AppendUint16(bytes.Clone(ethernet), ethertype)
	for _, p := range parts {
		f = append(f, p...)
	}
	return append(f, make([]byte, max(0, 64-len(f)))...)
}

// datagram is a UDP packet with the right sums.
func datagram() []byte {
	f := etherFrame(unix.ETH_P_IP, ipv4, udpPart)
	binary.BigEndian.PutUint16(f[24:], internetSum(f[14:34]))
	binary.BigEndian.PutUint16(f[40:], udpSum(f))
	return f
}

// internetSum is the sum that headers carry.
func internetSum(parts ...[]byte) uint16 {
	var sum uint32
	for _, p := range parts {
		for i := 0; i < len(p); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(p[i:]))
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// udpSum is that of the datagram in a frame, as if its field were zero.
func udpSum(f []byte) uint16 {
	udp := bytes.Clone(f[34:50])
	udp[6], udp[7] = 0, 0
	return internetSum(f[26:34], []byte{0, 17, 0, 16}, udp)
}

// rightSums checks both sums of a datagram.
func rightSums(t *testing.T, f []byte) {
	t.Helper()
	if sum := internetSum(f[14:34]); sum != 0 {
		t.Errorf("the header's sum is off by %x: % x", sum, f)
	}
	if got := binary.BigEndian.Uint16(f[40:]); got != udpSum(f) {
		t.Errorf("the datagram's sum is %x, want %x", got, udpSum(f))
	}
}

// headerReads are packets, and what the functions that read them with a cursor
// find there.
var headerReads = map[string]struct {
	packet []byte
	want   []int64
}{
	"ethernet_t": {etherFrame(0x88b5), []int64{0x020305070b0d, 0x1113171d1f25, 0x88b5}},
	"dot1q_t":    {etherFrame(unix.ETH_P_8021Q, []byte{0xb2, 0x34, 8, 0}), []int64{5, 1, 0x234, 0x800}},
	"arp_t": {etherFrame(unix.ETH_P_ARP, []byte{0, 1, 8, 0, 6, 4, 0, 2}, []byte{1, 2, 3, 4, 5, 6, 10, 0, 0, 1},
		[]byte{7, 8, 9, 10, 11, 12, 10, 0, 0, 2}),
		[]int64{1, 0x800, 6, 4, 2, 0x010203040506, 0x0a000001, 0x0708090a0b0c, 0x0a000002}},
	"ip_t": {etherFrame(unix.ETH_P_IP, []byte{0x46, 0x10, 0, 99, 0x12, 0x34, 0x61, 0x02, 63, 6, 0xab, 0xcd, 10, 0, 0, 1, 10, 0, 0, 2}),
		[]int64{4, 6, 16, 99, 0x1234, 1, 1, 0x102, 63, 6, 0xabcd, 0x0a000001, 0x0a000002}},
	"icmp_t": {etherFrame(unix.ETH_P_IP, ipv4, []byte{8, 3, 0xbe, 0xef}), []int64{8, 3, 0xbeef}},
	"ip6_t": {etherFrame(unix.ETH_P_IPV6, ipv6(58)),
		[]int64{6, 0x12, 0x34567, 24, 58, 64, 0x2001_0db8_0000_0001, 2, 0x2001_0db8_0000_0003, 4}},
	"ip6_opt_t": {etherFrame(unix.ETH_P_IPV6, ipv6(60), []byte{58, 0, 1, 4, 0, 0, 0, 0, 128, 7, 0xca, 0xfe}),
		[]int64{58, 0, 128, 7, 0xcafe}},
	"udp_t": {etherFrame(unix.ETH_P_IP, ipv4, []byte{0x30, 0x39, 0, 53, 0, 16, 0x77, 0x88}), []int64{12345, 53, 16, 0x7788}},
	"tcp_t": {etherFrame(unix.ETH_P_IP, ipv4, []byte{0, 80, 0xc3, 0x50, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x9a, 0x10, 0, 0xab, 0xcd, 0, 9}),
		[]int64{80, 50000, 0x01020304, 0x05060708, 5, 1, 0, 0, 1, 1, 0, 1, 0, 4096, 0xabcd, 9}},
	"vxlan_t": {etherFrame(0x88b5, []byte{0x08, 0, 0, 0, 1, 2, 3, 0}), []int64{1, 0x010203}},
	// BCC's struct lacks a bit: from the tag on all is one bit early.
	"vxlan_gbp_t": {etherFrame(0x88b5, []byte{0x88, 0x50, 0x24, 0x68, 2, 4, 6, 0}), []int64{1, 1, 1, 1, 0x1234, 0x010203}},
}

func ipv6(next byte) []byte {
	return []byte{0x61, 0x23, 0x45, 0x67, 0, 24, next, 64,
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4}
}

// packetHelpers are the helpers and macros that work on packets, each with what
// is right.
var packetHelpers = map[string]func(*testing.T, *helpers){
	"incr_cksum": func(t *testing.T, h *helpers) {
		h.run(t)
		rightSums(t, h.packet)
		if !bytes.Equal(h.packet[12:14], []byte{0x12, 0x34}) || !bytes.Equal(h.packet[26:30], []byte{10, 0, 0, 99}) ||
			binary.BigEndian.Uint16(h.packet[36:]) != 8053 {
			t.Errorf("the packet is % x", h.packet)
		}
	},
	"load_byte": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x45, 0x800, 0x0a000001, 0x0a000001_0a000002)
	},
	"bpf_dext_pkt": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 5, 4, 0x800)
		h.holds(t, 15, 0xb8, 0, 36, 0xca, 0xfe)
	},
	"direct": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x800, 0x0a000001, 64)
		h.holds(t, 15, 0x28)
	},
	"bpf_skb_load_bytes": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x0a000001, 0, -int64(unix.EFAULT))
	},
	"bpf_skb_load_bytes_relative": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x0a000001, 0, 0x800, 0)
	},
	"bpf_skb_store_bytes": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0)
		h.holds(t, 22, 3, 17)
	},
	"bpf_l3_csum_replace": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 0)
		h.holds(t, 26, 10, 0, 0, 99)
		rightSums(t, h.packet)
	},
	"bpf_csum_diff": func(t *testing.T, h *helpers) {
		h.run(t) // sums are of the words as they lie in memory
		one := binary.NativeEndian.Uint16([]byte{0, 1})
		if got := []uint16{folded(h.out[0]), folded(h.out[1])}; got[0] != 2*one || got[1] != 3*one {
			t.Errorf("sums %x", got)
		}
	},
	"bpf_csum_update": func(t *testing.T, h *helpers) {
		h.run(t) // no device has made a sum over this packet
		h.is(t, -524)
	},
	"bpf_csum_level": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, -int64(unix.EACCES))
	},
	"bpf_skb_vlan_push": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 0, 6, 0, 5, 64)
	},
	"bpf_skb_change_tail": func(t *testing.T, h *helpers) { h.grows(t, 8, 64) },
	"bpf_skb_change_head": func(t *testing.T, h *helpers) { h.grows(t, 6, 0) },
	"bpf_skb_adjust_room": func(t *testing.T, h *helpers) { h.grows(t, 20, 34) },
	"bpf_skb_pull_data": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 64)
	},
	"bpf_skb_change_proto": func(t *testing.T, h *helpers) {
		h.run(t) // an IPv6 header is 20 bytes longer
		h.is(t, 0, unix.ETH_P_IPV6)
		if len(h.packet) != 64+20 {
			t.Errorf("%d bytes", len(h.packet))
		}
	},
	"bpf_skb_change_type": func(t *testing.T, h *helpers) {
		h.packet[0] = 0 // for this host, not for a group
		h.run(t)
		h.is(t, int64(h.out[0]), 0, 1)
	},
	"bpf_set_hash": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 1, 1, 0, 0)
	},
	"bpf_skb_ecn_set_ce": func(t *testing.T, h *helpers) {
		h.run(t) // the sender cannot do it
		h.is(t, 0)
		h.holds(t, 15, 0x10)
		h.packet = datagram()
		h.packet[15] |= 2
		h.run(t)
		h.is(t, 1)
		h.holds(t, 15, 0x13)
	},
	"bpf_skb_set_tunnel_key": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 0, 0, 77, 0x0a000001, 9, 4, 5)
	},
	"bpf_skb_set_tstamp": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 12345)
	},
	"bpf_fib_lookup": func(t *testing.T, h *helpers) {
		h.give(t, uint64(must(net.InterfaceByName("lo"))(t).Index), 0x7f000001)
		forwards := must(os.ReadFile("/proc/sys/net/ipv4/conf/lo/forwarding"))(t)
		want := int64(5) // BPF_FIB_LKUP_RET_FWD_DISABLED
		if strings.TrimSpace(string(forwards)) == "1" {
			want = 4 // BPF_FIB_LKUP_RET_NOT_FWDED
		}
		h.run(t)
		h.is(t, want)
	},
	"bpf_check_mtu": func(t *testing.T, h *helpers) {
		h.give(t, uint64(must(net.InterfaceByName("lo"))(t).Index))
		h.run(t)
		h.is(t, 0, int64(must(net.InterfaceByName("lo"))(t).MTU), 1)
	},
	"bpf_redirect":       redirects,
	"bpf_redirect_peer":  redirects,
	"bpf_redirect_neigh": redirects,
	"bpf_ktime_get_coarse_ns": func(t *testing.T, h *helpers) {
		isTime(t, h, unix.CLOCK_MONOTONIC_COARSE)
	},
	"bpf_spin_lock": func(t *testing.T, h *helpers) {
		h.run(t)
		h.run(t)
		h.is(t, 2)
	},
	"perf_submit_skb": submitsPacket,
	"bpf_get_socket_cookie": func(t *testing.T, h *helpers) {
		if h.run(t); h.out[0] == 0 {
			t.Error("no cookie")
		}
	},
	"bpf_get_netns_cookie": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, netnsCookie(t))
	},
	"bpf_get_socket_uid":             func(t *testing.T, h *helpers) { h.run(t); h.is(t, 0) },
	"bpf_get_cgroup_classid":         func(t *testing.T, h *helpers) { h.run(t); h.is(t, 0) },
	"bpf_skb_cgroup_classid":         func(t *testing.T, h *helpers) { h.run(t); h.is(t, 0) },
	"bpf_get_route_realm":            func(t *testing.T, h *helpers) { h.run(t); h.is(t, 0) },
	"bpf_skb_cgroup_id":              func(t *testing.T, h *helpers) { isCgroup(t, h, ownCgroup(t)) },
	"bpf_skb_ancestor_cgroup_id":     func(t *testing.T, h *helpers) { isCgroup(t, h, "/") },
	"bpf_sk_lookup_udp":              findsDatagrams,
	"bpf_sk_lookup_tcp":              findsListener,
	"bpf_sk_storage_delete":          dropsNote,
	"bpf_tcp_gen_syncookie":          knowsCookie,
	"bpf_tcp_raw_gen_syncookie_ipv4": knowsRawCookie,
	"bpf_tcp_raw_gen_syncookie_ipv6": knowsRawCookie,
	"bpf_clone_redirect":             sendsCopy,
	"bpf_sk_assign":                  assigns,
	"bpf_skc_to_mptcp_sock": func(t *testing.T, h *helpers) {
		for i, several := range []bool{false, true} {
			o := new(net.ListenConfig)
			o.SetMultipathTCP(several)
			l := must(o.Listen(t.Context(), "tcp4", "127.0.0.1:0"))(t)
			defer l.Close()
			h.give(t, 0, 0, uint64(port(l.Addr())))
			h.run(t)
			h.is(t, int64(i))
		}
	},
	"bpf_skb_get_xfrm_state": func(t *testing.T, h *helpers) {
		h.run(t) // nobody has encrypted it: the state is wiped
		h.is(t, -int64(unix.EINVAL), 0)
	},
	"ntohs": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0x0201, 0x0201, 0x04030201, 0x04030201, 0x0807060504030201, 0x0807060504030201,
			2<<56, 1<<56, 1<<56, 7, 1<<40-1, 1)
	},
	"bpf_log2": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 10, 1, 11, 41)
	},
}

func TestLivePacketHelpers(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	h := loadHelpers(t, "packet.c", ebpf.SchedCLS)
	for header, read := range headerReads {
		t.Run("struct_"+header, func(t *testing.T) {
			h.need(t, header)
			h.packet = read.packet
			h.run(t)
			h.is(t, read.want...)
		})
	}
	for item, check := range packetHelpers {
		t.Run(item, func(t *testing.T) {
			if item == "bpf_get_netns_cookie" && testenv.Current() == testenv.StageVM {
				t.Skip("Linux 6.1 does not have it for traffic classifiers")
			}
			h.need(t, item)
			h.packet = datagram()
			check(t, h)
		})
	}
}
