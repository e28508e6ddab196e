package bccgo

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// cgroupHelpers are helpers of functions in control groups: where, and what is
// right while the function is attached there.
var cgroupHelpers = map[string]struct {
	typ   AttachType
	check func(*testing.T, *helpers)
}{
	"bpf_sock_map_update": {CgroupSockOps, func(t *testing.T, h *helpers) {
		near, _ := selfConnection(t)
		port := near.LocalAddr().(*net.TCPAddr).Port
		h.read(t)
		h.is(t, int64(port), 0, 0, -int64(unix.EEXIST))
		if keys := must(SockMap[uint32](h.m, "by_port").Keys())(t); !slices.Equal(keys, []uint32{uint32(port)}) {
			t.Errorf("ports %v, want %d", keys, port)
		}
		must(0, SockMap[uint32](h.m, "by_index").Delete(2))(t)
	}},
	"bpf_setsockopt": {CgroupSockOps, func(t *testing.T, h *helpers) {
		near, _ := selfConnection(t)
		h.read(t)
		h.is(t, 0, -int64(unix.EINVAL), 0)
		controlFD(t, near, func(fd int) {
			if mark := must(unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK))(t); mark != 4711 {
				t.Errorf("mark %d", mark)
			}
			h.says(t, must(unix.GetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION))(t))
		})
	}},
	"bpf_sock_ops_cb_flags_set": {CgroupSockOps, func(t *testing.T, h *helpers) {
		const established, finWait1 = 1, 4
		near, _ := selfConnection(t)
		must(0, near.Close())(t)
		h.read(t)
		h.is(t, 0)
		if h.out[finWait1] != established {
			t.Errorf("states before others: %d", h.out)
		}
	}},
	"bpf_store_hdr_opt": {CgroupSockOps, func(t *testing.T, h *helpers) {
		selfConnection(t)
		h.read(t)
		h.is(t, 1, 1, 8, 4711)
	}},
	"bpf_bind": {CgroupInet4Connect, func(t *testing.T, h *helpers) {
		_, far := selfConnection(t)
		h.read(t)
		h.is(t, 0, -int64(unix.EAFNOSUPPORT))
		if from := far.RemoteAddr().(*net.TCPAddr).IP.String(); from != "127.0.0.7" {
			t.Errorf("it comes from %s", from)
		}
	}},
	"bpf_sysctl_get_name": {CgroupSysctl, func(t *testing.T, h *helpers) {
		const path = "/proc/sys/net/ipv4/ip_default_ttl"
		before := must(os.ReadFile(path))(t)
		must(0, os.WriteFile(path, []byte("-65"), 0))(t)
		h.read(t)
		h.says(t, "net/ipv4/ip_default_ttl")
		h.is(t, int64(len(h.text)), 2, 64, 3, 3, -65, 0)
		if after := must(os.ReadFile(path))(t); string(before) != "64\n" || string(after) != "66\n" {
			t.Errorf("%q became %q", before, after)
		}
	}},
	"bpf_sk_cgroup_id": {CgroupInetEgress, func(t *testing.T, h *helpers) {
		must(0, sendTo("udp4", "127.0.0.1:9"))(t)
		var own, top unix.Stat_t
		must(0, unix.Stat(h.group, &own))(t)
		must(0, unix.Stat(filepath.Dir(h.group), &top))(t)
		h.read(t)
		h.is(t, int64(own.Ino), int64(top.Ino))
	}},
	"bpf_set_retval": {CgroupSetsockopt, func(t *testing.T, h *helpers) {
		err := option(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, 8) })
		if !errors.Is(err, unix.EBUSY) {
			t.Errorf("setting an option: %v", err)
		}
		h.read(t)
		h.is(t, 0, 0, -int64(unix.EBUSY))
	}},
}

func TestLiveCgroupHelpers(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, outside := cgroupNetwork(t)
	h := loadHelpers(t, "socket.c", ebpf.UnspecifiedProgram)
	h.group = inside
	for item, c := range cgroupHelpers {
		// No subtests: they would run in threads outside of the network.
		function := functionOf(item)
		must(0, h.m.Table("out").Clear())(t)
		enter(t, inside)
		must(h.m.AttachCgroup(inside, function, c.typ, 0))(t)
		c.check(t, h)
		must(0, h.m.DetachCgroup(inside, function, c.typ))(t)
		enter(t, outside)
		if t.Failed() {
			t.Fatal("that was ", item)
		}
	}
}

// writes writes at one end of a connection.
func writes(t *testing.T, to net.Conn, text string) {
	t.Helper()
	if n, err := to.Write([]byte(text)); n != len(text) || err != nil {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
}

// receives is what arrives until a number of bytes is there, or for a moment.
func receives(t *testing.T, from net.Conn, n int, wait time.Duration) string {
	t.Helper()
	must(0, from.SetReadDeadline(time.Now().Add(wait)))(t)
	var all bytes.Buffer
	for part := make([]byte, 64); all.Len() < n; {
		n, err := from.Read(part)
		all.Write(part[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

const moment = 100 * time.Millisecond

func awhile() time.Duration { return testenv.Timeout(5 * time.Second) }

// messageHelpers are helpers of functions at tables of sockets, each with what is
// right for what goes from the first end of a connection to the second.
var messageHelpers = map[string]func(t *testing.T, h *helpers, from, to net.Conn){
	"bpf_msg_redirect_hash": func(t *testing.T, h *helpers, from, to net.Conn) {
		must(0, SockMap[uint32](h.m, "peers").Set(1, to.(syscall.Conn)))(t)
		writes(t, from, "hello")
		if s := receives(t, to, 5, awhile()); s != "hello" {
			t.Errorf("%q arrived", s)
		}
		controlFD(t, from.(syscall.Conn), func(fd int) {
			if info := must(unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO))(t); info.Segs_out > 2 {
				t.Errorf("%d segments went through the network", info.Segs_out)
			}
		})
	},
	"bpf_msg_push_data": func(t *testing.T, h *helpers, from, to net.Conn) {
		writes(t, from, "hello")
		if s := receives(t, to, 7, awhile()); s != "ABhello" {
			t.Errorf("%q arrived", s)
		}
	},
	"bpf_msg_pop_data": func(t *testing.T, h *helpers, from, to net.Conn) {
		writes(t, from, "hello")
		if s := receives(t, to, 2, awhile()) + receives(t, to, 1, moment); s != "ho" {
			t.Errorf("%q arrived", s)
		}
	},
	"bpf_msg_pull_data": func(t *testing.T, h *helpers, from, to net.Conn) {
		writes(t, from, "hello")
		s := receives(t, to, 5, awhile())
		if h.read(t); int64(h.out[0]) != 0 || !strings.Contains(s, "E") || len(s) != 5 {
			t.Errorf("%q arrived, answers %d", s, h.out)
		}
	},
	"bpf_msg_cork_bytes": func(t *testing.T, h *helpers, from, to net.Conn) {
		writes(t, from, "hello")
		if s := receives(t, to, 5, moment); s != "" {
			t.Errorf("%q arrived before ten bytes were there", s)
		}
		writes(t, from, "world")
		if s := receives(t, to, 10, awhile()); s != "helloworld" {
			t.Errorf("%q arrived", s)
		}
		h.read(t)
		h.is(t, 0, 10)
	},
	"bpf_msg_apply_bytes": func(t *testing.T, h *helpers, from, to net.Conn) {
		writes(t, from, "hello")
		if s := receives(t, to, 5, awhile()); s != "hello" {
			t.Errorf("%q arrived", s)
		}
		h.read(t)
		h.is(t, 0, 3) // two bytes, two, one
	},
}

func TestLiveMessageHelpers(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	ownNetwork(t)
	h := loadHelpers(t, "socket.c", ebpf.SkMsg)
	peers := SockMap[uint32](h.m, "peers")
	for item, check := range messageHelpers {
		from, to := selfConnection(t)
		must(0, h.m.Table("out").Clear())(t)
		l := must(h.m.AttachFunc(functionOf(item), h.m.Table("peers").FD(), SkMsgVerdict, 0))(t)
		must(0, peers.Set(0, from))(t)
		check(t, h, from, to)
		must(0, peers.Clear())(t)
		must(0, l.Close())(t)
		if t.Failed() {
			t.Fatal("that was ", item)
		}
	}
}

// TestLiveSkRedirectHash sends on what comes in at one connection over another.
func TestLiveSkRedirectHash(t *testing.T) {
	testenv.Live(t)
	foreignHeaders(t)
	ownNetwork(t)
	h := loadHelpers(t, "socket.c", ebpf.SkSKB)
	peers := SockMap[uint32](h.m, "peers")
	from, to := selfConnection(t)
	near, far := selfConnection(t)
	must(h.m.AttachFunc("do_sk_redirect_hash", h.m.Table("peers").FD(), SkSKBVerdict, 0))(t)
	must(0, peers.Set(0, to))(t)
	must(0, peers.Set(1, near))(t)
	writes(t, from, "hello")
	if s := receives(t, far, 5, awhile()); s != "hello" {
		t.Errorf("%q arrived", s)
	}
	if s := receives(t, to, 1, moment); s != "" {
		t.Errorf("%q arrived where it was to go", s)
	}
}
