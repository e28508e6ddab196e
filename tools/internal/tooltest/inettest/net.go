// Package inettest makes TCP connections for tests, in a network namespace of
// their own. All of it goes when the test ends.
package inettest

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Net is a network namespace with a thread in it, which makes all calls.
type Net struct {
	t     testing.TB
	work  chan func()
	ended chan struct{}
	tid   int
}

// New makes a namespace in which lo is up. Its thread has the name comm.
func New(t testing.TB, comm string) *Net {
	t.Helper()
	testenv.Live(t)
	n := &Net{t: t, work: make(chan func()), ended: make(chan struct{})}
	failed := make(chan error)
	go n.serve(comm, failed)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(n.work)
		<-n.ended
	})
	return n
}

// Thread makes another thread in the namespace.
func (n *Net) Thread(comm string) *Net {
	n.t.Helper()
	other := New(n.t, comm)
	other.Do("enter the namespace", func() error {
		fd, err := unix.Open(n.path(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Setns(fd, unix.CLONE_NEWNET)
	})
	return other
}

// serve keeps its thread until the test ends; the thread ends with it.
func (n *Net) serve(comm string, failed chan<- error) {
	defer close(n.ended)
	runtime.LockOSThread()
	n.tid = unix.Gettid()
	err := enter(fmt.Sprintf("/proc/self/task/%d/comm", n.tid), comm)
	if failed <- err; err != nil {
		return
	}
	for f := range n.work {
		f()
	}
}

func enter(file, comm string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("make a network namespace: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	return os.WriteFile(file, []byte(comm), 0)
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// Do calls f on the thread; an error ends the test.
func (n *Net) Do(what string, f func() error) {
	n.t.Helper()
	if err := n.Try(f); err != nil {
		n.t.Fatalf("%s: %v", what, err)
	}
}

// Try calls f on the thread and returns its error.
func (n *Net) Try(f func() error) error {
	done := make(chan error)
	n.work <- func() { done <- f() }
	return <-done
}

func (n *Net) path() string { return fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), n.tid) }

// Inode is the number by which the kernel knows the namespace.
func (n *Net) Inode() uint32 {
	n.t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(n.path(), &st); err != nil {
		n.t.Fatal(err)
	}
	return uint32(st.Ino)
}

// In is a command in the namespace.
func (n *Net) In(argv ...string) []string {
	return append([]string{"nsenter", "--net=" + n.path()}, argv...)
}

// Order waits so long that what comes next is later than what was, on whichever
// processor.
func Order() { time.Sleep(testenv.Timeout(5 * time.Millisecond)) }

// Any port of lo, over IPv4 and IPv6, to listen on.
var (
	V4 = netip.MustParseAddrPort("127.0.0.1:0")
	V6 = netip.MustParseAddrPort("[::1]:0")
)
