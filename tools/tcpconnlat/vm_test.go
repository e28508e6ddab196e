package main

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	n := inettest.New(t, "client")
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "tcpconnlat", "--json", "--probes", kind)
			want := activity(t, n)
			check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	n := inettest.New(t, "client")
	theirs := tooltest.StartTheirs(t, "tcpconnlat", "PID.*LAT", "-L")
	ours := tooltest.Start(t, "tcpconnlat", "-L")
	var want []made
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		want = append(want, timed(t, n, n.Listen(addr).Addr), timed(t, n, closedPort(addr)))
	}
	got, printed := inettest.Rows(tooltest.Stop(t, ours).Stdout, "PID", false), inettest.Rows(tooltest.StopTheirs(t, theirs), "PID", false)
	for i, m := range want {
		key := map[string]string{"LPORT": fmt.Sprint(m.local.Port()), "DPORT": fmt.Sprint(m.remote.Port())}
		our, their := inettest.Find(got, key), inettest.Find(printed, key)
		if len(our) != 1 || len(their) != 1 {
			t.Errorf("%+v: %v, BCC's %v", m, our, their)
			continue
		}
		inettest.Near(t, our[0]["LAT(ms)"], their[0]["LAT(ms)"])
		c.Row(fmt.Sprintf("connection %d", i+1), inettest.Without(our[0], "LAT(ms)"), inettest.Without(their[0], "LAT(ms)"))
	}
	c.Explained("LAT(ms)", "BCC's time begins before the kernel looks for a route and a local port, ours when it is about to send; they differ by less than 20 ms in an emulated machine")
}
