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

// comm is what the thread is called that listens: BCC's tool cuts longer names.
const comm = "listener"

// activity listens in a network namespace of its own and returns what is to be seen,
// and the namespace: "PID listener NETNS TCPv4 7 8080 127.0.0.1".
func activity(t *testing.T) (lines []string, netns string) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this
		var err error
		if netns, err = isolate(); err == nil {
			lines, err = listenAll(t, netns)
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return lines, netns
}

// isolate moves the thread to another namespace and returns its number.
func isolate() (string, error) {
	task := fmt.Sprintf("/proc/self/task/%d", unix.Gettid())
	if err := os.WriteFile(task+"/comm", []byte(comm), 0); err != nil {
		return "", err
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return "", err
	}
	link, err := os.Readlink(task + "/ns/net")
	return strings.Trim(link, "net:[]"), err
}

func listenAll(t *testing.T, netns string) (lines []string, err error) {
	limit, err := os.ReadFile("/proc/sys/net/core/somaxconn")
	if err != nil {
		return nil, err
	}
	for _, l := range []struct {
		family, kind   int
		bind           unix.Sockaddr
		backlog        int
		proto, allowed string
	}{
		{unix.AF_INET, unix.SOCK_STREAM, &unix.SockaddrInet4{Port: 8080, Addr: [4]byte{0, 0, 0, 0}}, 7, "TCPv4", "7"},
		{unix.AF_INET6, unix.SOCK_STREAM, &unix.SockaddrInet6{Port: 8443}, 1 << 20, "TCPv6", strings.TrimSpace(string(limit))},
		{unix.AF_INET, unix.SOCK_STREAM, nil, 0, "TCPv4", "0"},
		{unix.AF_INET, unix.SOCK_DGRAM, nil, 5, "", ""}, // refused
		{unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: "@solisten-" + netns}, 5, "", ""},
	} {
		fd, err := unix.Socket(l.family, l.kind, 0)
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { unix.Close(fd) })
		if l.bind != nil {
			if err := unix.Bind(fd, l.bind); err != nil {
				return nil, err
			}
		}
		if err := unix.Listen(fd, l.backlog); (err != nil) != (l.kind == unix.SOCK_DGRAM) {
			return nil, fmt.Errorf("listen: %w", err)
		}
		if l.proto != "" {
			at := boundTo(t, fd)
			lines = append(lines, fmt.Sprintf("%d %s %s %s %s %d %s", os.Getpid(), comm, netns, l.proto, l.allowed, at.Port(), at.Addr()))
		}
	}
	return lines, nil
}

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

// rows are the lines of this process, in single spaces.
func rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == fmt.Sprint(os.Getpid()) && f[1] == comm {
			rows = append(rows, strings.Join(f, " "))
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

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_listen")
	p := tooltest.Start(t, "solisten", "--show-netns", "-p", fmt.Sprint(os.Getpid()))
	want, _ := activity(t)
	check(t, rows(tooltest.Stop(t, p).Stdout), want)
}

// JSON has who it was; only one namespace is wanted, in which nobody listens.
func TestLiveJSON(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_listen")
	self := fmt.Sprint(os.Getpid())
	all := tooltest.Start(t, "solisten", "--json", "-p", self)
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	none := tooltest.Start(t, "solisten", "--json", "-p", self, "-n", strings.Trim(here, "net:[]"))
	want, _ := activity(t)
	var got []string
	for line := range strings.Lines(tooltest.Stop(t, all).Stdout) {
		var l listening
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if age := time.Since(l.Time); l.TID == 0 || l.UID != 0 || age < 0 || age > 5*time.Minute {
			t.Errorf("got %s", line)
		}
		got = append(got, fmt.Sprintf("%d %s %d %s %d %d %s", l.PID, l.Comm, l.NetNS, l.Protocol, l.Backlog, l.Port, l.Addr))
	}
	check(t, got, want)
	if out := tooltest.Stop(t, none).Stdout; out != "" {
		t.Errorf("got %s in another namespace", out)
	}
}
