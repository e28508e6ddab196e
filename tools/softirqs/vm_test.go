package main

import (
	"net"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/irqs/irqtest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// packets sends n packets to a socket of the test's own and waits for each.
func packets(t *testing.T, n int) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range n {
		if _, err := c.WriteTo([]byte("x"), c.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.ReadFrom(make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
	}
}

// Each ran as often as the kernel's own counts say, on all processors and on one.
func TestVM(t *testing.T) {
	testenv.VM(t)
	var w irqtest.Window
	w[0] = irqtest.Soft(t)
	totals := tooltest.Start(t, "softirqs", "--json")
	second := tooltest.Start(t, "softirqs", "-dN", "-c", "1", "--json")
	w[1] = irqtest.Soft(t)
	const n = 50
	packets(t, n)
	w[2] = irqtest.Soft(t)
	all := tooltest.StopNow(t, totals).Stdout
	one := tooltest.StopNow(t, second).Stdout
	w[3] = irqtest.Soft(t)
	got := irqtest.Numbers(t, irqtest.Totals(t, all))
	w.Check(t, got, -1)
	w.Check(t, irqtest.Histograms(t, one), 1)
	if got["net_rx"] < n {
		t.Errorf("packets came %d times", got["net_rx"])
	}
}

// Of what both see, nothing but the test's packets is received.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "softirqs", "Hit Ctrl-C", "-C")
	ours := tooltest.Start(t, "softirqs", "-C")
	packets(t, 77)
	time.Sleep(testenv.Timeout(time.Second))
	got := irqtest.Rows(t, tooltest.StopNow(t, ours).Stdout)
	want := irqtest.Rows(t, tooltest.StopTheirs(t, theirs))
	c.Row("heading", got["SOFTIRQ"], want["SOFTIRQ"])
	c.Row("packets", got["net_rx"], want["net_rx"])
	c.Explained("TOTAL_count of others", "timers and the scheduler go on between the starts and the ends of both tools")
}
