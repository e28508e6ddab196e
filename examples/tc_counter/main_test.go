package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/examples/internal/lab"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// network makes a network namespace.
func network(t *testing.T) *lab.Net {
	t.Helper()
	ns := lab.New(t)
	testenv.NeedProgram(t, "tc")
	return ns
}

func TestCounts(t *testing.T) {
	ns := network(t)
	for _, args := range [][]string{nil, {"-clsact"}} {
		p := testenv.Start(t, ns.In(append([]string{testenv.Tool(t, "tc_counter")}, args...)...)...)
		p.Await("Ctrl-C ends it", time.Minute)
		err := activity.InNetworkOf(ns.Pid(), func() error {
			sent, err := activity.SendDatagrams("127.0.0.1:9", 1, 1000)
			if sent != 1 {
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		result := p.Stop()
		// Nobody listens, so the kernel answers with 28 bytes of the packet and
		// more, in ICMP.
		const size = 14 + 20 + 8 + 1000 // headers of Ethernet, IP and UDP, and data
		for _, way := range []string{"in", "out"} {
			row := fmt.Sprintf("%-4s %-8s %10d %12d\n", way, "udp", 1, size)
			if !strings.Contains(result.Stdout, row) || !strings.Contains(result.Stdout, fmt.Sprintf("%-4s %-8s %10d", way, "icmp", 1)) {
				t.Errorf("%q: no row %q, or none for the answer: %v", args, row, result)
			}
		}
		if result.ExitCode != 0 || !strings.Contains(result.Stderr, "A packet takes ") {
			t.Error(result)
		}
		if left := testenv.Run(t, time.Minute, ns.In("tc", "qdisc", "show", "dev", "lo")...); strings.Contains(left.Stdout, "clsact") {
			t.Error("left:", left)
		}
	}
}

func TestCleans(t *testing.T) {
	ns := network(t)
	tool := testenv.Tool(t, "tc_counter")
	p := testenv.Start(t, ns.In(tool, "-clsact")...)
	p.Await("Ctrl-C ends it", time.Minute)
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	if r := testenv.Run(t, time.Minute, ns.In(tool, "-clean")...); r.ExitCode != 0 || r.Stdout != "2 filters removed\n" {
		t.Error(r)
	}
	if left := testenv.Run(t, time.Minute, ns.In("tc", "qdisc", "show", "dev", "lo")...); strings.Contains(left.Stdout, "clsact") {
		t.Error("left:", left)
	}
	if r := testenv.Run(t, time.Minute, ns.In(tool, "-clean", "-i", "nonesuch")...); r.ExitCode != 1 || !strings.Contains(r.Stderr, "nonesuch") {
		t.Error(r)
	}
}
