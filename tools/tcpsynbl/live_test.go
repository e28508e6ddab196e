package main

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// queue listens on a host with a limit, and accepts nothing.
func queue(t *testing.T, h *tooltest.Host, family, limit int) (port int) {
	t.Helper()
	h.Do(func() error {
		fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Listen(fd, limit); err != nil {
			return err
		}
		addr, err := unix.Getsockname(fd)
		switch a := addr.(type) {
		case *unix.SockaddrInet4:
			port = a.Port
		case *unix.SockaddrInet6:
			port = a.Port
		}
		return err
	})
	return port
}

// fill connects n times, one after the other.
func fill(t *testing.T, h *tooltest.Host, host string, port, n int) {
	t.Helper()
	h.Do(func() error {
		for range n {
			c, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(port)), testenv.Timeout(5*time.Second))
			if err != nil {
				return err
			}
			t.Cleanup(func() { c.Close() })
		}
		return nil
	})
}

// activity fills queues of IPv4, of IPv6, and of both.
func activity(t *testing.T, first, second *tooltest.Host) {
	t.Helper()
	fill(t, first, "10.9.0.2", queue(t, second, unix.AF_INET, 6), 7)
	fill(t, first, "fd09::2", queue(t, second, unix.AF_INET6, 9), 10)
	fill(t, first, "10.9.0.2", queue(t, second, unix.AF_INET6, 2), 3)
}

// The queues' histograms: each connection finds those before.
const (
	limit2 = "backlog_max = 2 : 2 1"
	limit6 = "backlog_max = 6 : 2 2 3"
	limit9 = "backlog_max = 9 : 2 2 4 2"
)

var (
	section = regexp.MustCompile(`(?m)^(backlog_max = \d+)\n +backlog +: count +distribution\n((?: +\d+ -> \d+ +: .*\n)+)`)
	count   = regexp.MustCompile(`(?m)^ +\d+ -> \d+ +: (\d+) `)
)

// sections are the histograms as lines: the heading, and the counts by slot.
func sections(stdout string) string {
	var lines []string
	for _, m := range section.FindAllStringSubmatch(stdout, -1) {
		line := m[1] + " :"
		for _, n := range count.FindAllStringSubmatch(m[2], -1) {
			line += " " + n[1]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func check(t *testing.T, p *testenv.Proc, want ...string) {
	t.Helper()
	if r := tooltest.StopNow(t, p); sections(r.Stdout) != strings.Join(want, "\n") {
		t.Errorf("got %s\nwant %s", r.Stdout, strings.Join(want, "\n"))
	}
}

// What comes to a namespace is counted, by queue and version of IP.
func TestLive(t *testing.T) {
	testenv.NotEmulated(t)
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
	first, second := tooltest.HostPair(t)
	start := func(h *tooltest.Host, args ...string) *testenv.Proc {
		args = append(args, "--probes", "tracepoint", "--pid-netns", fmt.Sprint(h.Pid()))
		return tooltest.Start(t, "tcpsynbl", args...)
	}
	all, v4, elsewhere := start(second), start(second, "-4"), start(first)
	activity(t, first, second)
	check(t, all, limit2, limit6, limit9)
	check(t, v4, limit2, limit6)
	check(t, elsewhere)
}
