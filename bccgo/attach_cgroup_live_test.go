package bccgo

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Functions that refuse are attached alone, so they need not be choosy.
const cgroupText = `
#include <uapi/linux/bpf.h>

BPF_ARRAY(calls, u64, 2);

int refuse_packet(struct __sk_buff *skb) { calls.atomic_increment(0); return 0; }
int count_socket(struct bpf_sock *sk) { calls.atomic_increment(0); return 1; }
int count_more(struct bpf_sock *sk) { calls.atomic_increment(1); return 1; }
int refuse_socket(struct bpf_sock *sk) { calls.atomic_increment(0); return 0; }
int refuse_address(struct bpf_sock_addr *ctx) { calls.atomic_increment(0); return 0; }
int refuse_sysctl(struct bpf_sysctl *ctx) { calls.atomic_increment(0); return 0; }
int refuse_device(struct bpf_cgroup_dev_ctx *ctx) { calls.atomic_increment(0); return 0; }
int refuse_option(struct bpf_sockopt *ctx) { calls.atomic_increment(0); return 0; }
int count_ops(struct bpf_sock_ops *ctx) { calls.atomic_increment(0); return 1; }

/* Connections and datagrams to port 1 go to port 7777. */
int redirect(struct bpf_sock_addr *ctx)
{
	calls.atomic_increment(0);
	if (ctx->user_port == bpf_htons(1))
		ctx->user_port = bpf_htons(7777);
	return 1;
}

int disguise(struct bpf_sock_addr *ctx)
{
	ctx->user_port = bpf_htons(4242);
	return 1;
}
`

// sendTo sends a datagram over a socket of its own.
func sendTo(network, address string) error {
	conn, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte("x"))
	return err
}

// sendWithAddress is sendTo by sendto(2), without connecting.
func sendWithAddress(network, to string) error {
	conn, err := net.ListenPacket(network, "")
	if err != nil {
		return err
	}
	defer conn.Close()
	address, err := net.ResolveUDPAddr(network, to)
	if err != nil {
		return err
	}
	_, err = conn.WriteTo([]byte("x"), address)
	return err
}

func listenOn(network, address string) error {
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return l.Close()
}

func openSocket() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func openZero() error {
	f, err := os.Open("/dev/zero")
	if err != nil {
		return err
	}
	return f.Close()
}

func readAll(path string) error {
	_, err := os.ReadFile(path)
	return err
}

// option sets or reads an option of a socket.
func option(use func(fd int) error) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return use(fd)
}

// cgroupNetwork gives the test, which must be alone, control groups and a network.
func cgroupNetwork(t *testing.T) (inside, outside string) {
	t.Helper()
	inside, outside = cgroups(t)
	ownNetwork(t)
	return inside, outside
}

// Each function refuses what a process of the group does, while it is attached
// and while the process is in the group.
func TestLiveCgroupHooks(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, outside := cgroupNetwork(t)
	m := loadLive(t, cgroupText, nil)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	for _, c := range []struct {
		typ      AttachType
		function string
		do       func() error
	}{
		{CgroupInetEgress, "refuse_packet", func() error { return sendTo("udp4", "127.0.0.1:9") }},
		{CgroupInetSockCreate, "refuse_socket", openSocket},
		{CgroupInet4PostBind, "refuse_socket", func() error { return listenOn("tcp4", "127.0.0.1:0") }},
		{CgroupInet6PostBind, "refuse_socket", func() error { return listenOn("tcp6", "[::1]:0") }},
		{CgroupInet4Bind, "refuse_address", func() error { return listenOn("tcp4", "127.0.0.1:0") }},
		{CgroupInet6Bind, "refuse_address", func() error { return listenOn("tcp6", "[::1]:0") }},
		{CgroupInet4Connect, "refuse_address", func() error { return sendTo("udp4", "127.0.0.1:9") }},
		{CgroupInet6Connect, "refuse_address", func() error { return sendTo("udp6", "[::1]:9") }},
		{CgroupUDP4Sendmsg, "refuse_address", func() error { return sendWithAddress("udp4", "127.0.0.1:9") }},
		{CgroupUDP6Sendmsg, "refuse_address", func() error { return sendWithAddress("udp6", "[::1]:9") }},
		{CgroupSysctl, "refuse_sysctl", func() error { return readAll("/proc/sys/kernel/ostype") }},
		{CgroupDevice, "refuse_device", openZero},
		{CgroupSetsockopt, "refuse_option", func() error {
			return option(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, 8) })
		}},
		{CgroupGetsockopt, "refuse_option", func() error {
			return option(func(fd int) error { _, err := unix.GetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS); return err })
		}},
	} {
		for _, flags := range []AttachFlags{0, AttachExclusive} {
			enter(t, inside)
			must(0, c.do())(t)
			l := must(m.AttachCgroup(inside, c.function, c.typ, flags))(t)
			must(0, calls.Zero())(t)
			if err := c.do(); !errors.Is(err, unix.EPERM) || must(calls.Lookup(0))(t) == 0 {
				t.Errorf("%v %#x: %v, %d calls", c.typ, uint32(flags), err, must(calls.Lookup(0))(t))
			}
			enter(t, outside)
			if err := c.do(); err != nil {
				t.Errorf("%v %#x in another group: %v", c.typ, uint32(flags), err)
			}
			enter(t, inside)
			must(0, m.DetachCgroup(inside, c.function, c.typ))(t)
			if err := c.do(); err != nil {
				t.Errorf("%v %#x detached: %v", c.typ, uint32(flags), err)
			}
			must(0, l.Close())(t)
		}
	}
}

func TestLiveCgroupRedirect(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, _ := cgroupNetwork(t)
	m := loadLive(t, cgroupText, nil)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	server := must(net.Listen("tcp4", "127.0.0.1:7777"))(t)
	defer server.Close()
	enter(t, inside)
	if err := sendTo("tcp4", "127.0.0.1:1"); !errors.Is(err, unix.ECONNREFUSED) {
		t.Fatalf("nobody listens there: %v", err)
	}
	must(m.AttachCgroup(inside, "redirect", CgroupInet4Connect, 0))(t)
	must(0, sendTo("tcp4", "127.0.0.1:1"))(t)
	must(0, m.DetachCgroup(inside, "", CgroupInet4Connect))(t)

	must(0, calls.Zero())(t)
	must(m.AttachCgroup(inside, "count_ops", CgroupSockOps, 0))(t)
	must(0, sendTo("tcp4", "127.0.0.1:7777"))(t)
	if n := must(calls.Lookup(0))(t); n < 3 {
		t.Errorf("a connection made %d calls of sock_ops", n)
	}

	must(m.AttachCgroup(inside, "redirect", CgroupUDP4Sendmsg, 0))(t)
	to := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7777}))(t)
	defer to.Close()
	must(0, sendWithAddress("udp4", "127.0.0.1:1"))(t)
	must(0, to.SetReadDeadline(time.Now().Add(10*time.Second)))(t)
	if n, _, err := to.ReadFrom(make([]byte, 9)); n != 1 || err != nil {
		t.Errorf("the datagram did not arrive: %d bytes, %v", n, err)
	}

	must(m.AttachCgroup(inside, "refuse_packet", CgroupInetIngress, 0))(t)
	must(0, sendWithAddress("udp4", "127.0.0.1:1"))(t)
	must(0, to.SetReadDeadline(time.Now().Add(100*time.Millisecond)))(t)
	if _, _, err := to.ReadFrom(make([]byte, 9)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the datagram was to be dropped: %v", err)
	}
}

// What the flags allow below.
func TestLiveCgroupFlags(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	above, _ := cgroupNetwork(t)
	below := filepath.Join(above, "below")
	must(0, os.Mkdir(below, 0o755))(t)
	defer os.Remove(below)
	m := loadLive(t, cgroupText, nil)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	enter(t, below)
	defer enter(t, above)
	for _, c := range []struct {
		flags       AttachFlags
		first, more uint64
		reason      AttachReason
	}{
		{0, 1, 1, ""}, {AttachAllowMulti, 1, 1, ""}, {AttachAllowOverride, 0, 1, ""}, {AttachExclusive, 1, 0, ReasonConflict},
	} {
		must(m.AttachCgroup(above, "count_socket", CgroupInetSockCreate, c.flags))(t)
		second := c.flags
		if second == AttachExclusive {
			second = 0
		}
		_, err := m.AttachCgroup(below, "count_more", CgroupInetSockCreate, second)
		if c.reason != "" {
			attachFails(t, err, c.reason, "AttachAllowMulti")
		} else if err != nil {
			t.Fatal(err)
		}
		must(0, calls.Zero())(t)
		must(0, openSocket())(t)
		if a, b := must(calls.Lookup(0))(t), must(calls.Lookup(1))(t); a != c.first || b != c.more {
			t.Errorf("flags %#x: %d calls above, %d below", uint32(c.flags), a, b)
		}
		must(0, m.DetachCgroup(above, "", CgroupInetSockCreate))(t)
		if err == nil {
			must(0, m.DetachCgroup(below, "", CgroupInetSockCreate))(t)
		}
	}
	checkCgroupAttachRefusals(t, m, above)
}

func checkCgroupAttachRefusals(t *testing.T, m *Module, group string) {
	t.Helper()
	_, err := m.AttachCgroup(group+"/missing", "count_socket", CgroupInetSockCreate, 0)
	attachFails(t, err, ReasonAbsent, "open control group")
	_, err = m.AttachCgroup("/proc", "count_socket", CgroupInetSockCreate, 0)
	attachFails(t, err, ReasonOther, "the directory of a control group (version 2) is needed")
	_, err = m.AttachCgroup(group, "count_socket", SkLookup, 0)
	attachFails(t, err, ReasonOther, "use AttachFunc with a network namespace")
	_, err = m.AttachCgroup(group, "count_socket", CgroupInetSockCreate, AttachAllowMulti|AttachAllowOverride)
	attachFails(t, err, ReasonOther, "flags 0x3")
	if none := new(NotAttachedError); !errors.As(m.DetachCgroup(group, "count_socket", CgroupInetSockCreate), &none) {
		t.Error("detached what was not attached")
	}
}

// portBy asks for the port of one of a socket's addresses; unix.Getsockname or Getpeername.
func portBy(t *testing.T, c net.Conn, ask func(int) (unix.Sockaddr, error)) (port int) {
	t.Helper()
	controlFD(t, c.(*net.TCPConn), func(fd int) {
		switch a := must(ask(fd))(t).(type) {
		case *unix.SockaddrInet4:
			port = a.Port
		case *unix.SockaddrInet6:
			port = a.Port
		}
	})
	return port
}

// fromPort is the port that a datagram seems to come from.
func fromPort(t *testing.T, network, address string) int {
	t.Helper()
	to := must(net.ListenPacket(network, address))(t)
	defer to.Close()
	must(0, sendTo(network, to.LocalAddr().String()))(t)
	must(0, to.SetReadDeadline(time.Now().Add(awhile())))(t)
	_, from, err := to.ReadFrom(make([]byte, 9))
	return must(from, err)(t).(*net.UDPAddr).Port
}

// The function names another port to who asks.
func TestLiveCgroupDisguise(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, _ := cgroupNetwork(t)
	m := loadLive(t, cgroupText, nil)
	enter(t, inside)
	connect := func(address string) net.Conn {
		l := must(net.Listen("tcp", address))(t)
		t.Cleanup(func() { l.Close() })
		c := must(net.Dial("tcp", l.Addr().String()))(t)
		t.Cleanup(func() { c.Close() })
		return c
	}
	four, six := connect("127.0.0.1:0"), connect("[::1]:0")
	for typ, ask := range map[AttachType]func() int{
		CgroupInet4Getpeername: func() int { return portBy(t, four, unix.Getpeername) },
		CgroupInet6Getpeername: func() int { return portBy(t, six, unix.Getpeername) },
		CgroupInet4Getsockname: func() int { return portBy(t, four, unix.Getsockname) },
		CgroupInet6Getsockname: func() int { return portBy(t, six, unix.Getsockname) },
		CgroupUDP4Recvmsg:      func() int { return fromPort(t, "udp4", "127.0.0.1:0") },
		CgroupUDP6Recvmsg:      func() int { return fromPort(t, "udp6", "[::1]:0") },
	} {
		const another = 4242
		must(m.AttachCgroup(inside, "disguise", typ, 0))(t)
		if port := ask(); port != another {
			t.Errorf("%v: port %d", typ, port)
		}
		must(0, m.DetachCgroup(inside, "disguise", typ))(t)
		if port := ask(); port == another {
			t.Errorf("%v: the same port after detaching", typ)
		}
	}
}

func TestLiveCgroupSockRelease(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, _ := cgroupNetwork(t)
	m := loadLive(t, cgroupText, nil)
	enter(t, inside)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	fd := must(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0))(t)
	must(m.AttachCgroup(inside, "count_socket", CgroupInetSockRelease, 0))(t)
	if n := must(calls.Lookup(0))(t); n != 0 {
		t.Errorf("%d calls before the end", n)
	}
	must(0, unix.Close(fd))(t)
	if n := must(calls.Lookup(0))(t); n != 1 {
		t.Errorf("%d calls", n)
	}
}
