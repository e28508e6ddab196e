package bccgo

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
	"github.com/bccgo/bcc/internal/testenv"
)

const socketsText = `
#include <uapi/linux/bpf.h>
#include <uapi/linux/pkt_cls.h>

BPF_SOCKMAP(sockets, 2);
BPF_ARRAY(calls, u64, 1);

int parse(struct __sk_buff *skb) { calls.atomic_increment(0); return skb->len; }
int pass_skb(struct __sk_buff *skb) { calls.atomic_increment(0); return SK_PASS; }
int drop_skb(struct __sk_buff *skb) { calls.atomic_increment(0); return SK_DROP; }
int drop_message(struct sk_msg_md *msg) { calls.atomic_increment(0); return SK_DROP; }
int drop_datagram(struct sk_reuseport_md *md) { calls.atomic_increment(0); return SK_DROP; }

int refuse_port(struct bpf_sk_lookup *ctx)
{
	calls.atomic_increment(0);
	return ctx->local_port == 7777 ? SK_DROP : SK_PASS;
}

int dissect(struct __sk_buff *skb) { calls.atomic_increment(0); return BPF_OK; }

int want_hash(struct __sk_buff *skb)
{
	bpf_set_hash_invalid(skb);
	bpf_get_hash_recalc(skb);
	return TC_ACT_OK;
}
`

// connection makes a TCP connection over lo.
func connection(t *testing.T) (from, to *net.TCPConn) {
	t.Helper()
	l := must(net.Listen("tcp4", "127.0.0.1:7777"))(t)
	defer l.Close()
	from = must(net.Dial("tcp4", l.Addr().String()))(t).(*net.TCPConn)
	to = must(l.Accept())(t).(*net.TCPConn)
	t.Cleanup(func() { from.Close(); to.Close() })
	return from, to
}

// putSocket puts a socket into a table.
func putSocket(t *testing.T, table *Table, index uint32, conn syscall.Conn) {
	t.Helper()
	controlFD(t, conn, func(fd int) {
		key := binary.NativeEndian.AppendUint32(nil, index)
		must(0, table.updateElem(key, binary.NativeEndian.AppendUint32(nil, uint32(fd)), sysbpf.Any))(t)
	})
}

func controlFD(t *testing.T, conn syscall.Conn, use func(fd int)) {
	t.Helper()
	raw := must(conn.SyscallConn())(t)
	must(0, raw.Control(func(fd uintptr) { use(int(fd)) }))(t)
}

// arrives tells whether what is written at one end is read at the other.
func arrives(t *testing.T, from, to net.Conn) bool {
	t.Helper()
	if _, err := from.Write([]byte("hello")); err != nil {
		if !errors.Is(err, unix.EACCES) {
			t.Error(err)
		}
		return false
	}
	must(0, to.SetReadDeadline(time.Now().Add(200*time.Millisecond)))(t)
	n, err := to.Read(make([]byte, 9))
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	return n == 5
}

func TestLiveSocketTable(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, socketsText, nil)
	ownNetwork(t)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	sockets := m.Table("sockets")
	for _, c := range []struct {
		typ      AttachType
		function string
		end      int // whose socket is in the table: 0 the sender's
		passes   bool
	}{
		{SkSKBStreamVerdict, "pass_skb", 1, true},
		{SkSKBStreamVerdict, "drop_skb", 1, false},
		{SkSKBVerdict, "drop_skb", 1, false},
		{SkMsgVerdict, "drop_message", 0, false},
	} {
		from, to := connection(t)
		if !arrives(t, from, to) {
			t.Fatal("nothing arrives without a function")
		}
		var parser *Link
		if c.typ == SkSKBStreamVerdict {
			parser = must(m.AttachFunc("parse", sockets.FD(), SkSKBStreamParser, 0))(t)
		}
		l := must(m.AttachFunc(c.function, sockets.FD(), c.typ, 0))(t)
		putSocket(t, sockets, 0, []*net.TCPConn{from, to}[c.end])
		must(0, calls.Zero())(t)
		if got := arrives(t, from, to); got != c.passes || must(calls.Lookup(0))(t) == 0 {
			t.Errorf("%v %s: passes: %v, %d calls", c.typ, c.function, got, must(calls.Lookup(0))(t))
		}
		must(0, sockets.deleteElem(make([]byte, 4)))(t)
		must(0, m.DetachFunc(c.function, sockets.FD(), c.typ))(t)
		if parser != nil {
			must(0, parser.Close())(t)
		}
		must(0, l.Close())(t)
		from.Close()
		to.Close()
	}
}

func TestLiveNetworkNamespace(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, socketsText, nil)
	ownNetwork(t)
	calls := must(Map[int32, uint64](m, "calls"))(t)
	ns := must(os.Open("/proc/thread-self/ns/net"))(t)
	defer ns.Close()
	connection(t)
	l := must(m.AttachFunc("refuse_port", int(ns.Fd()), SkLookup, 0))(t)
	server := must(net.Listen("tcp4", "127.0.0.1:7777"))(t)
	defer server.Close()
	if err := sendTo("tcp4", "127.0.0.1:7777"); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("attached: %v", err)
	}
	must(0, l.Close())(t)
	must(0, sendTo("tcp4", "127.0.0.1:7777"))(t)

	must(m.AttachFunc("dissect", int(ns.Fd()), FlowDissector, 0))(t)
	_, err := m.AttachFunc("dissect", int(ns.Fd()), FlowDissector, 0)
	attachFails(t, err, ReasonConflict, "bpftool link show")
	must(m.AttachTC("lo", Ingress, "want_hash", nil))(t)
	must(0, calls.Zero())(t)
	must(0, sendTo("udp4", "127.0.0.1:9"))(t)
	if n := must(calls.Lookup(0))(t); n == 0 {
		t.Error("the flow dissector was not called")
	}
	must(0, m.DetachFunc("dissect", int(ns.Fd()), FlowDissector))(t)
	must(0, calls.Zero())(t)
	must(0, sendTo("udp4", "127.0.0.1:9"))(t)
	if n := must(calls.Lookup(0))(t); n != 0 {
		t.Errorf("%d calls after detaching", n)
	}
}

func TestLiveReuseport(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, socketsText, nil)
	ownNetwork(t)
	shared := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if controlErr := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}); controlErr != nil {
			return controlErr
		}
		return err
	}}
	to := must(shared.ListenPacket(t.Context(), "udp4", "127.0.0.1:7777"))(t).(*net.UDPConn)
	defer to.Close()
	from := func() net.Conn { // a new one, as a refusal is told to the old one
		conn := must(net.Dial("udp4", "127.0.0.1:7777"))(t)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	if !arrives(t, from(), to) {
		t.Fatal("nothing arrives without a function")
	}
	controlFD(t, to, func(fd int) { must(m.AttachFunc("drop_datagram", fd, SkReuseportSelect, 0))(t) })
	if arrives(t, from(), to) {
		t.Error("the datagram was to be dropped")
	}
	controlFD(t, to, func(fd int) { must(0, m.DetachFunc("drop_datagram", fd, SkReuseportSelect))(t) })
	if !arrives(t, from(), to) {
		t.Error("nothing arrives after detaching")
	}
}

func TestLiveAttachFuncRefusals(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, socketsText, nil)
	file := must(os.Open("/proc/self/exe"))(t)
	defer file.Close()
	fd := int(file.Fd())
	for typ, c := range map[AttachType]struct{ function, want string }{
		SkMsgVerdict:      {"drop_message", "a table of sockets"},
		SkReuseportSelect: {"drop_datagram", "a socket that shares its port"},
		SkLookup:          {"refuse_port", "a network namespace"},
		LircMode2:         {"dissect", "an infrared device"},
		99:                {"dissect", "AttachFunc does not attach there"},
	} {
		_, err := m.AttachFunc(c.function, fd, typ, 0)
		if typ == LircMode2 && errors.As(err, new(*UnsupportedError)) {
			continue // a kernel without infrared devices
		}
		attachFails(t, err, ReasonOther, c.want)
	}
	_, err := m.AttachFunc("drop_message", 1<<20, SkMsgVerdict, 0)
	attachFails(t, err, ReasonOther, "descriptor 1048576")
	_, err = m.AttachFunc("drop_message", fd, SkMsgVerdict, AttachAllowMulti)
	attachFails(t, err, ReasonOther, "only control groups")
	if none := new(NotAttachedError); !errors.As(m.DetachFunc("drop_message", m.Table("sockets").FD(), SkMsgVerdict), &none) {
		t.Error("detached what was not attached")
	}
}
