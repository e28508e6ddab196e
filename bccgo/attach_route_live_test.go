package bccgo

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// routes has addresses on near and far; what is sent to 10.66.0.9, or to
// 10.77.0.1 by it, leaves by near.
func routes(t *testing.T) *helpers {
	t.Helper()
	testenv.Live(t)
	foreignHeaders(t)
	ownDevices(t)
	ipCommand(t, "addr add 10.66.0.1/24 dev near")
	ipCommand(t, "neigh add 10.66.0.9 lladdr 2:0:0:0:0:9 dev near")
	ipCommand(t, "link set far promisc on")
	return loadHelpers(t, "route.c", LWTXmit)
}

// captured is the next packet of a type and size at far, without its Ethernet
// header.
func captured(t *testing.T, ethertype uint16, size int, send func()) []byte {
	t.Helper()
	fd := must(unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, int(bigEndian16(ethertype))))(t)
	f := os.NewFile(uintptr(fd), "captured")
	defer f.Close()
	must(0, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian16(ethertype), Ifindex: device(t, "far").Index}))(t)
	send()
	must(0, f.SetReadDeadline(time.Now().Add(awhile())))(t)
	for packet := make([]byte, 2048); ; {
		if n := must(f.Read(packet))(t); n == size {
			return packet[:n]
		}
	}
}

func TestLiveRouteOut(t *testing.T) {
	h := routes(t)
	send := func() error { return sendTo("udp4", "10.77.0.1:9") }
	if err := send(); !errors.Is(err, unix.ENETUNREACH) {
		t.Fatalf("there is no route: %v", err)
	}
	for _, hook := range []RouteHook{RouteOut, RouteXmit} {
		o := &RouteOptions{Gateway: "10.66.0.9"}
		l := must(h.m.AttachRoute(hook, "10.77.0.0/16", "near", "count", o))(t)
		must(0, h.m.Table("out").Clear())(t)
		if packet := captured(t, unix.ETH_P_IP, 29, func() { must(0, send())(t) }); !bytes.Equal(packet[16:20], []byte{10, 77, 0, 1}) {
			t.Errorf("%v: % x", hook, packet)
		}
		h.read(t)
		h.is(t, 20+8+1)
		_, err := h.m.AttachRoute(hook, "10.77.0.0/16", "near", "refuse", o)
		attachFails(t, err, ReasonConflict, "ip route del")
		must(0, l.Close())(t)
		if left := ipCommand(t, "route show 10.77.0.0/16"); left != "" {
			t.Errorf("left: %s", left)
		}

		must(h.m.AttachRoute(hook, "10.77.0.0/16", "near", "refuse", o))(t)
		if err := send(); err == nil {
			t.Errorf("%v: sent though refused", hook)
		}
		must(0, h.m.DetachRoute(hook, "10.77.0.0/16", "refuse"))(t)
		if none := new(NotAttachedError); !errors.As(h.m.DetachRoute(hook, "10.77.0.0/16", ""), &none) {
			t.Error("detached twice")
		}
	}
}

// TestLiveRouteIn has packets come in at far for an address of this host's.
func TestLiveRouteIn(t *testing.T) {
	h := routes(t)
	must(0, os.WriteFile("/proc/sys/net/ipv4/conf/all/rp_filter", []byte("0"), 0))(t)
	must(0, os.WriteFile("/proc/sys/net/ipv4/conf/far/rp_filter", []byte("0"), 0))(t)
	must(0, os.WriteFile("/proc/sys/net/ipv4/conf/far/forwarding", []byte("1"), 0))(t)
	must(h.m.AttachRoute(RouteIn, "10.88.0.0/16", "near", "count", nil))(t)
	ipCommand(t, "route add 10.99.0.0/16 dev far") // where it says that it comes from
	frame := etherFrame(unix.ETH_P_IP, ipv4, udpPart)
	copy(frame, device(t, "far").HardwareAddr)
	copy(frame[26:], []byte{10, 99, 0, 1, 10, 88, 0, 1})
	frame[24], frame[25] = 0, 0
	sum := internetSum(frame[14:34])
	frame[24], frame[25] = byte(sum>>8), byte(sum)
	sendFrame(t, frame)
	deadline := time.Now().Add(awhile())
	for h.out[0] == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
		h.read(t)
	}
	h.is(t, 36)
}

// sendFrame sends a frame from near.
func sendFrame(t *testing.T, frame []byte) {
	t.Helper()
	fd := must(unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0))(t)
	defer unix.Close(fd)
	must(0, unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: device(t, "near").Index, Halen: 6}))(t)
}

// TestLiveRouteTunnel has packets put into others.
func TestLiveRouteTunnel(t *testing.T) {
	h := routes(t)
	o := &RouteOptions{Gateway: "10.66.0.9", Headroom: 20}
	must(h.m.AttachRoute(RouteXmit, "10.77.0.1", "near", "do_lwt_push_encap", o))(t)
	packet := captured(t, unix.ETH_P_IP, 49, func() { must(0, sendTo("udp4", "10.77.0.1:9"))(t) })
	h.read(t)
	h.is(t, 0)
	if packet[9] != unix.IPPROTO_IPIP || !bytes.Equal(packet[12:20], []byte{10, 66, 0, 1, 10, 66, 0, 9}) ||
		!bytes.Equal(packet[36:40], []byte{10, 77, 0, 1}) {
		t.Errorf("% x", packet)
	}
}

// segmented is an IPv6 packet with a routing header: it is at fc00::1, and to go
// on to fc00::2.
func segmented() []byte {
	address := func(last byte) []byte { return append([]byte{0xfc}, append(make([]byte, 14), last)...) }
	udp := []byte{0x30, 0x39, 0, 9, 0, 8, 0, 1}
	srh := append([]byte{unix.IPPROTO_UDP, 4, 4, 1, 1, 0, 0, 0}, append(address(2), address(1)...)...)
	header := append([]byte{0x60, 0, 0, 0, 0, byte(len(srh) + len(udp)), unix.IPPROTO_ROUTING, 64}, append(address(8), address(1)...)...)
	return append(header, append(srh, udp...)...)
}

func TestLiveRouteSegment(t *testing.T) {
	h := routes(t)
	for _, setting := range []string{"conf/all/forwarding", "conf/all/seg6_enabled", "conf/far/seg6_enabled"} {
		must(0, os.WriteFile("/proc/sys/net/ipv6/"+setting, []byte("1"), 0))(t)
	}
	must(h.m.AttachRoute(RouteSegment, "fc00::1", "far", "do_lwt_seg6_action", nil))(t)
	ipCommand(t, "-6 route add fc00::2 dev near")
	ipCommand(t, "-6 neigh add fc00::2 lladdr 2:0:0:0:0:9 dev near")
	frame := etherFrame(unix.ETH_P_IPV6, segmented())
	copy(frame, device(t, "far").HardwareAddr)
	packet := captured(t, unix.ETH_P_IPV6, len(segmented())+8, func() { sendFrame(t, frame) })
	h.read(t)
	h.is(t, 0, 0, 0, 0)
	srh := packet[40:]
	if packet[39] != 2 || srh[3] != 0 || srh[1] != 5 || !bytes.Equal(srh[6:8], []byte{0xbc, 0xc6}) ||
		!bytes.Equal(srh[40:42], []byte{4, 6}) || srh[48+3] != 9 {
		t.Errorf("% x", packet)
	}
}

func TestLiveRouteRefusals(t *testing.T) {
	h := routes(t)
	for _, c := range []struct {
		hook             RouteHook
		to, device, part string
		o                RouteOptions
	}{
		{RouteXmit, "10.77.0.0/33", "near", "10.9.0.0/16", RouteOptions{}},
		{RouteXmit, "10.77.0.1", "naer", "naer", RouteOptions{}},
		{RouteXmit, "10.77.0.1", "near", "no address", RouteOptions{Gateway: "fc00::1"}},
		{RouteXmit, "10.77.0.1", "near", "cannot be reached", RouteOptions{Gateway: "192.0.2.1"}},
		{RouteXmit, "10.77.0.1", "near", "headroom", RouteOptions{Headroom: 300}},
		{RouteIn, "10.77.0.1", "near", "headroom", RouteOptions{Headroom: 20}},
		{RouteSegment, "10.77.0.1", "near", "IPv6", RouteOptions{}},
		{RouteHook(9), "10.77.0.1", "near", "RouteXmit", RouteOptions{}},
	} {
		_, err := h.m.AttachRoute(c.hook, c.to, c.device, "count", &c.o)
		var failed *AttachError
		if !errors.As(err, &failed) || failed.Target != c.to || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	var refused *VerifierError
	if _, err := h.m.AttachRoute(RouteIn, "10.77.0.1", "near", "do_lwt_seg6_action", nil); !errors.As(err, &refused) {
		t.Errorf("a helper of another place: %v", err)
	}
	if ipCommand(t, "route show 10.77.0.1") != "" {
		t.Error("a route was left")
	}
}
