package main

import (
	"fmt"
	"net"
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
	testenv.NeedProgram(t, "ping")
	return ns
}

// udpArrives sends datagrams and tells how many of them arrive.
func udpArrives(t *testing.T, p *lab.Net, n int) (arrived int) {
	t.Helper()
	err := activity.InNetworkOf(p.Pid(), func() error {
		to, err := net.ListenPacket("udp4", "127.0.0.1:9")
		if err != nil {
			return err
		}
		defer to.Close()
		if sent, err := activity.SendDatagrams("127.0.0.1:9", n, 100); sent != n {
			return fmt.Errorf("%d datagrams sent: %w", sent, err)
		}
		for {
			if err := to.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
				return err
			}
			if _, _, err := to.ReadFrom(make([]byte, 200)); err != nil {
				return nil // the rest was dropped
			}
			arrived++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return arrived
}

func TestDropsAndCounts(t *testing.T) {
	ns := network(t)
	if n := udpArrives(t, ns, 5); n != 5 {
		t.Fatalf("%d of 5 datagrams arrive without the program", n)
	}
	p := testenv.Start(t, ns.In(testenv.Tool(t, "xdp_drop_count"), "-i", "lo", "-skb")...)
	p.Await("Ctrl-C ends it", time.Minute)
	if n := udpArrives(t, ns, 20); n != 0 {
		t.Errorf("%d datagrams arrived", n)
	}
	if ping := testenv.Run(t, time.Minute, ns.In("ping", "-c", "3", "-i", "0.2", "-q", "127.0.0.1")...); ping.ExitCode != 0 {
		t.Error(ping)
	}
	result := p.Stop()
	// A ping and its answer both arrive at lo.
	for _, row := range []string{"PROTOCOL     PASSED    DROPPED\n", "icmp              6          0\n", "udp               0         20\n"} {
		if !strings.Contains(result.Stdout, row) {
			t.Errorf("no row %q: %v", row, result)
		}
	}
	if result.ExitCode != 0 || !strings.Contains(result.Stderr, "ns: XDP_DROP.") {
		t.Error(result)
	}
	if n := udpArrives(t, ns, 5); n != 5 {
		t.Errorf("%d of 5 datagrams arrive after the program", n)
	}
}

func TestKilledLeavesNothing(t *testing.T) {
	ns := network(t)
	p := testenv.Start(t, ns.In(testenv.Tool(t, "xdp_drop_count"), "-i", "lo", "-skb")...)
	p.Await("Ctrl-C ends it", time.Minute)
	show := ns.In("ip", "link", "show", "lo")
	if r := testenv.Run(t, time.Minute, show...); !strings.Contains(r.Stdout, "xdp") {
		t.Error("nothing is attached:", r)
	}
	p.Signal(syscall.SIGKILL)
	p.Wait(time.Minute)
	if r := testenv.Run(t, time.Minute, show...); strings.Contains(r.Stdout, "xdp") {
		t.Error("left behind:", r)
	}
}

func TestBadInput(t *testing.T) {
	ns := network(t)
	for args, want := range map[string]string{
		"-i nonesuch":        "find network device nonesuch",
		"":                   "find network device",
		"-i lo -drop sctp":   "icmp, icmp6, tcp or udp",
		"-i lo -drop udp,,x": "icmp, icmp6, tcp or udp",
	} {
		r := testenv.Run(t, time.Minute, ns.In(append([]string{testenv.Tool(t, "xdp_drop_count")}, strings.Fields(args)...)...)...)
		if r.ExitCode != 1 || !strings.Contains(r.Stderr, want) {
			t.Errorf("%q: %v", args, r)
		}
	}
}
