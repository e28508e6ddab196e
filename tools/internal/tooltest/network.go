package tooltest

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Host is a network namespace of a test's own: that of a process which sleeps. It
// goes when the test ends.
type Host struct {
	t testing.TB
	p *testenv.Proc
}

// NewHost makes a host in which lo alone is up.
func NewHost(t testing.TB) *Host {
	t.Helper()
	testenv.Live(t)
	testenv.NeedProgram(t, "ip")
	h := &Host{t, testenv.Start(t, "unshare", "--net", "sh", "-ec", "ip link set lo up; echo up; exec sleep 1000")}
	h.p.Await("^up", 10*time.Second)
	return h
}

// HostPair makes two hosts with a cable between their devices eth0, which have the
// addresses 10.9.0.1 and fd09::1, and 10.9.0.2 and fd09::2. They know each other
// and a third host that is not there.
func HostPair(t testing.TB) (first, second *Host) {
	t.Helper()
	first, second = NewHost(t), NewHost(t)
	first.Sh(fmt.Sprintf("ip link add eth0 type veth peer name eth0 netns %d", second.Pid()))
	for i, h := range []*Host{first, second} {
		h.Sh(fmt.Sprintf(`ip link set eth0 addrgenmode none address 02:00:00:00:00:0%[1]d up
			ip addr add 10.9.0.%[1]d/24 dev eth0
			ip addr add fd09::%[1]d/64 dev eth0 nodad
			for j in 1 2 3; do
				test $j = %[1]d && continue
				ip neigh add 10.9.0.$j lladdr 02:00:00:00:00:0$j dev eth0
				ip neigh add fd09::$j lladdr 02:00:00:00:00:0$j dev eth0
			done`, i+1))
	}
	return first, second
}

// Pid is a process of the host.
func (h *Host) Pid() int { return h.p.Pid() }

// Sh runs a shell script on the host, which must not fail.
func (h *Host) Sh(script string) {
	h.t.Helper()
	r := testenv.Run(h.t, time.Minute, append(h.In(), "sh", "-ec", script)...)
	if r.ExitCode != 0 {
		h.t.Fatalf("%s: %v", script, r)
	}
}

// In is the command that runs others on the host.
func (h *Host) In() []string {
	return []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", h.Pid())}
}

// Do runs f on a thread that is on the host; an error ends the test. What f starts
// need not be.
func (h *Host) Do(f func() error) {
	h.t.Helper()
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		result <- h.enter(f)
	}()
	if err := <-result; err != nil {
		h.t.Fatal(err)
	}
}

func (h *Host) enter(f func() error) error {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", h.Pid()))
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace of process %d: %w", h.Pid(), err)
	}
	return f()
}

// Listen listens on the host until the test ends.
func (h *Host) Listen(addr string) *net.TCPListener {
	h.t.Helper()
	var l net.Listener
	h.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	})
	h.t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

// Connect connects from the host to a listener and returns both ends, which are
// closed when the test ends.
func (h *Host) Connect(to *net.TCPListener) (client, server *net.TCPConn) {
	h.t.Helper()
	h.Do(func() error {
		c, err := net.DialTimeout("tcp", to.Addr().String(), testenv.Timeout(5*time.Second))
		if err != nil {
			return err
		}
		client = c.(*net.TCPConn)
		server, err = to.AcceptTCP()
		return err
	})
	h.t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}
