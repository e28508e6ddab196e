package bccgo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// give sets what the functions take from in[].
func (h *helpers) give(t *testing.T, values ...uint64) {
	t.Helper()
	in, err := Map[int32, uint64](h.m, "in")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if err := in.Update(int32(i), v); err != nil {
			t.Fatal(err)
		}
	}
}

// holds compares bytes of the packet.
func (h *helpers) holds(t *testing.T, at int, want ...byte) {
	t.Helper()
	if got := h.packet[at : at+len(want)]; !bytes.Equal(got, want) {
		t.Errorf("at %d is % x, want % x", at, got, want)
	}
}

// grows wants n bytes more at a place, and the rest as it was.
func (h *helpers) grows(t *testing.T, n, at int) {
	t.Helper()
	before := bytes.Clone(h.packet)
	h.run(t)
	h.is(t, 0)
	if len(h.packet) != len(before)+n || !bytes.Equal(h.packet[:at], before[:at]) || !bytes.Equal(h.packet[at+n:], before[at:]) {
		t.Errorf("% x\nbecame\n% x", before, h.packet)
	}
}

// folded is a sum in 16 bits.
func folded(sum uint64) uint16 {
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

// redirects wants the classifier's verdict for a packet that goes elsewhere.
func redirects(t *testing.T, h *helpers) {
	h.give(t, uint64(must(net.InterfaceByName("lo"))(t).Index))
	if h.run(t); h.ret != 7 { // TC_ACT_REDIRECT
		t.Errorf("verdict %d", h.ret)
	}
}

// submitsPacket wants an event with what is sent, and the packet's first bytes.
func submitsPacket(t *testing.T, h *helpers) {
	s := h.m.RawStream("events", nil)
	defer s.Close()
	packet := bytes.Clone(h.packet)
	h.run(t)
	h.is(t, 0)
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		want := append(binary.NativeEndian.AppendUint64(nil, 0x1122334455667788), packet[:20]...)
		if !bytes.HasPrefix(r.Data, want) {
			t.Errorf("got % x, want % x", r.Data, want)
		}
		return
	}
}

func netnsCookie(t *testing.T) int64 {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const netnsCookie = 71 // SO_NETNS_COOKIE of asm-generic/socket.h
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, netnsCookie)
	if err != nil {
		t.Fatal(err)
	}
	return int64(cookie)
}

// findsDatagrams wants the socket that gets datagrams for a port.
func findsDatagrams(t *testing.T, h *helpers) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	port := c.LocalAddr().(*net.UDPAddr).Port
	h.give(t, 0, 0, uint64(port))
	h.run(t)
	h.is(t, int64(port), unix.IPPROTO_UDP)
	h.give(t, 0, 0, 1)
	if h.run(t); h.ret != 2 {
		t.Errorf("found a socket for port 1: %d", h.out)
	}
}

// listenTCP makes a socket that accepts connections, and gives the function its
// port.
func listenTCP(t *testing.T, h *helpers) int64 {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	port := l.Addr().(*net.TCPAddr).Port
	h.give(t, 0, 0, uint64(port))
	return int64(port)
}

func findsListener(t *testing.T, h *helpers) {
	port := listenTCP(t, h)
	const listening = 10 // TCP_LISTEN
	h.run(t)
	h.is(t, port, listening, unix.IPPROTO_TCP, 11, int64(h.out[4]), port)
	if h.out[4] == 0 {
		t.Error("no window")
	}
	h.run(t)
	h.is(t, port, listening, unix.IPPROTO_TCP, 12)
}

func dropsNote(t *testing.T, h *helpers) {
	port := listenTCP(t, h)
	h.run(t)
	h.is(t, port, 0, -int64(unix.ENOENT), -int64(unix.ENOENT))
	h.need(t, "bpf_sk_lookup_tcp")
	h.run(t)
	h.need(t, "bpf_sk_storage_delete")
	h.run(t)
	h.is(t, port, 1, 0, -int64(unix.ENOENT))
}

// knowsCookie wants the kernel to know its cookie again, in a network where it
// hands out nothing else.
func knowsCookie(t *testing.T, h *helpers) {
	ownNetwork(t)
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_syncookies", []byte("2"), 0); err != nil {
		t.Fatal(err)
	}
	listenTCP(t, h)
	h.run(t)
	if int64(h.out[0]) <= 0 {
		t.Errorf("cookie %d", int64(h.out[0]))
	}
	h.is(t, int64(h.out[0]), 0)
}

func knowsRawCookie(t *testing.T, h *helpers) {
	h.run(t)
	if int64(h.out[0]) <= 0 || int64(h.out[2]) >= 0 {
		t.Errorf("cookie %d, another accepted: %d", int64(h.out[0]), int64(h.out[2]))
	}
	h.is(t, int64(h.out[0]), 0)
}

// sendsCopy wants the packet at the other end of a device, too.
func sendsCopy(t *testing.T, h *helpers) {
	ownDevices(t)
	copies := arrivals(t)
	h.packet = etherFrame(etherTest, []byte("copied"))
	h.give(t, uint64(device(t, "near").Index))
	h.run(t)
	h.is(t, 0, -int64(unix.EINVAL))
	packet := make([]byte, 256)
	must(0, copies.SetReadDeadline(time.Now().Add(awhile())))(t)
	if n, err := copies.Read(packet); err != nil || !bytes.Equal(packet[:n], h.packet) {
		t.Errorf("% x arrived, %v", packet[:n], err)
	}
}

// assigns wants a connection to a port where nobody listens.
func assigns(t *testing.T, h *helpers) {
	ownNetwork(t)
	const nobody = 7778
	l := must(net.Listen("tcp4", "127.0.0.1:0"))(t)
	defer l.Close()
	h.give(t, 0, 0, uint64(l.Addr().(*net.TCPAddr).Port), nobody)
	if err := sendTo("tcp4", "127.0.0.1:7778"); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("nobody listens there: %v", err)
	}
	must(h.m.AttachTC("lo", Ingress, "do_sk_assign", nil))(t)
	must(0, sendTo("tcp4", "127.0.0.1:7778"))(t)
	if to := must(l.Accept())(t); to.LocalAddr().(*net.TCPAddr).Port != nobody {
		t.Errorf("accepted at %v", to.LocalAddr())
	} else {
		to.Close()
	}
	must(0, h.m.DetachTC("lo", Ingress, "do_sk_assign"))(t)
	h.read(t)
	h.is(t, 0)
}
