package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// comm is what the thread is called that binds sockets: BCC's tool cuts longer names.
const comm = "binder"

// onThread runs f in a thread of its own, in a network namespace of its own whose
// loopback interface is up.
func onThread(t *testing.T, f func()) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this
		err := isolate(unix.Gettid())
		if err == nil {
			f()
		}
		failed <- err
	}()
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

func isolate(tid int) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", tid), []byte(comm), 0); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, up)
}

// option is one to set before a bind.
type option struct{ level, name int }

// binds is what to do, and what is to be seen.
var binds = []struct {
	protocol string
	kind     int
	addr     string // port 0 lets the kernel choose
	options  []option
	device   bool // bound to the loopback interface
	letters  string
	err      unix.Errno
}{
	{"TCP", unix.SOCK_STREAM, "127.0.0.1:0", nil, false, ".....", 0},
	{"TCP", unix.SOCK_STREAM, "127.0.0.1:8081", []option{{unix.SOL_SOCKET, unix.SO_REUSEADDR}}, false, "...R.", 0},
	{"UDP", unix.SOCK_DGRAM, "[::1]:8053", []option{{unix.SOL_SOCKET, unix.SO_REUSEPORT}}, true, "....r", 0},
	{"TCP", unix.SOCK_STREAM, "10.9.8.7:0", []option{{unix.SOL_IP, unix.IP_FREEBIND}, {unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT}}, false, "F.N..", 0},
	{"TCP", unix.SOCK_STREAM, "0.0.0.0:8082", []option{{unix.SOL_IP, unix.IP_TRANSPARENT}}, true, ".T...", 0},
	{"UDP", unix.SOCK_DGRAM, "224.0.0.251:8082", nil, false, ".....", 0},
	{"TCP", unix.SOCK_STREAM, "127.0.0.1:8081", nil, false, ".....", unix.EADDRINUSE},
	{"TCP", unix.SOCK_STREAM, "192.0.2.1:8083", nil, false, ".....", unix.EADDRNOTAVAIL},
	{"TCP", unix.SOCK_STREAM, "[2001:db8::1]:8084", nil, false, ".....", unix.EADDRNOTAVAIL},
}

// activity binds sockets and returns the lines of -E to be seen, from RC on: "0 PID
// binder TCP 127.0.0.1 8080 ..... 0". A socket of another family is bound as well.
func activity(t *testing.T) (lines []string) {
	t.Helper()
	onThread(t, func() {
		for _, b := range binds {
			fd, ret := bindOne(t, b.kind, netip.MustParseAddrPort(b.addr), b.options, b.device)
			if ret != -int(b.err) {
				t.Errorf("bind to %s: %d", b.addr, ret)
			}
			at := netip.MustParseAddrPort(b.addr)
			if ret == 0 {
				at = boundTo(t, fd)
			}
			device := 0
			if b.device {
				device = 1 // the loopback interface's
			}
			lines = append(lines, fmt.Sprintf("%d %d %s %s %s %d %s %d", ret, os.Getpid(), comm, b.protocol, at.Addr(), at.Port(), b.letters, device))
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Error(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("@bindsnoop-%d", os.Getpid())}); err != nil {
			t.Error(err)
		}
	})
	return lines
}

// bindOne binds a socket and returns it with what the call returned.
func bindOne(t *testing.T, kind int, to netip.AddrPort, options []option, device bool) (fd, ret int) {
	t.Helper()
	family, addr := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
	if to.Addr().Is4() {
		family, addr = unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		t.Error(err)
		return -1, -1
	}
	t.Cleanup(func() { unix.Close(fd) })
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, 1); err != nil {
			t.Error(err)
		}
	}
	if device {
		if err := unix.BindToDevice(fd, "lo"); err != nil {
			t.Error(err)
		}
	}
	if err := unix.Bind(fd, addr); err != nil {
		return fd, -int(err.(unix.Errno))
	}
	return fd, 0
}

// boundTo is where a socket is bound to. That of IP_BIND_ADDRESS_NO_PORT has no port.
func boundTo(t *testing.T, fd int) netip.AddrPort {
	t.Helper()
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Error(err)
	}
	switch at := at.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(at.Addr), uint16(at.Port))
	}
	t.Errorf("bound to %v", at)
	return netip.AddrPort{}
}

// objects are JSON lines in the form of activity without RC.
func objects(t *testing.T, out string) (lines []string) {
	t.Helper()
	for line := range strings.Lines(out) {
		var b bind
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if age := time.Since(b.Time); b.TID == 0 || b.UID != 0 || b.Ret != 0 || age < 0 || age > 5*time.Minute {
			t.Errorf("got %s", line)
		}
		letters := []byte(".....")
		for i, o := range optionNames {
			if slices.Contains(b.Options, o.name) {
				letters[i] = o.letter[0]
			}
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %s %d %s %d", b.PID, b.Comm, b.Protocol, b.Addr, b.Port, letters, b.Device))
	}
	return lines
}

// rows are the lines of this process, from a column on, in single spaces.
func rows(out string, column int) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); slices.Contains(f, comm) {
			rows = append(rows, strings.Join(f[column:], " "))
		}
	}
	return rows
}

func check(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// successes are lines of calls that did not fail, without RC.
func successes(lines []string) (out []string) {
	for _, l := range lines {
		if rest, good := strings.CutPrefix(l, "0 "); good {
			out = append(out, rest)
		}
	}
	return out
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_bind")
	self := fmt.Sprint(os.Getpid())
	t.Run("errors", func(t *testing.T) {
		p := tooltest.Start(t, "bindsnoop", "-tEU", "-p", self, "-u", "root")
		want := activity(t)
		check(t, rows(tooltest.Stop(t, p).Stdout, 2), want)
	})
	t.Run("JSON", func(t *testing.T) {
		p := tooltest.Start(t, "bindsnoop", "--json", "-p", self)
		want := successes(activity(t))
		check(t, objects(t, tooltest.Stop(t, p).Stdout), want)
	})
	t.Run("count of two ports", func(t *testing.T) {
		p := tooltest.Start(t, "bindsnoop", "--json", "--count", "-p", self, "-P", "8081,8053")
		for range 2 {
			activity(t)
		}
		want := `{"laddr":"127.0.0.1","lport":8081,"binds":2}` + "\n" + `{"laddr":"::1","lport":8053,"binds":2}` + "\n"
		if got := tooltest.Stop(t, p).Stdout; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
