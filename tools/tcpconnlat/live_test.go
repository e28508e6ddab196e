package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
}

// made is a connection that was answered, and how long the call took.
type made struct {
	local, remote netip.AddrPort
	refused       bool
	took          time.Duration
}

// timed makes a connection to a listener, or in vain.
func timed(t *testing.T, n *inettest.Net, to netip.AddrPort) made {
	t.Helper()
	began := time.Now()
	c, err := n.TryConnect(to.Addr(), to)
	m := made{c.Local, to, errors.Is(err, unix.ECONNREFUSED), time.Since(began)}
	if err != nil && !m.refused {
		t.Fatal(err)
	}
	inettest.Order()
	return m
}

func closedPort(addr netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(addr.Addr(), 9) }

// abandoned begins to connect to where nobody answers and gives up: the queue of
// the listener is full.
func abandoned(n *inettest.Net) {
	l := n.ListenFor(inettest.V4, 0)
	n.Connect(l.Addr) // fills it
	n.Abandon(l.Addr)
}

// activity connects in all kinds of ways and returns what is to be seen.
func activity(t *testing.T, n *inettest.Net) (all []made) {
	t.Helper()
	abandoned(n)
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		all = append(all, timed(t, n, n.Listen(addr).Addr), timed(t, n, closedPort(addr)))
	}
	return all
}

// connections reads JSON lines.
func connections(t *testing.T, stdout string) (all []connection) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var c connection
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// check compares what was printed with what the caller of connect(2) saw, who waits
// longer than the answer takes.
func check(t *testing.T, stdout string, want []made) {
	t.Helper()
	all := connections(t, stdout)
	for _, w := range want {
		i := slices.IndexFunc(all, func(c connection) bool { return c.Lport == w.local.Port() && c.Dport == w.remote.Port() })
		if i < 0 {
			t.Errorf("no %+v in\n%s", w, stdout)
			continue
		}
		c := all[i]
		if c.PID != uint32(os.Getpid()) || c.UID != 0 || c.Comm != "client" || (c.IP == 4) != w.local.Addr().Is4() || c.Saddr != w.local.Addr() || c.Daddr != w.remote.Addr() || c.Refused != w.refused {
			t.Errorf("got %+v, want %+v", c, w)
		}
		if got := time.Duration(c.MS * 1e6); got <= 0 || got > w.took {
			t.Errorf("it took %v, the call %v", got, w.took)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("it was %v ago", age)
		}
	}
}

func self() string { return fmt.Sprint(os.Getpid()) }

func TestLive(t *testing.T) {
	needs(t)
	n := inettest.New(t, "client")
	p := tooltest.Start(t, "tcpconnlat", "--json", "-p", self())
	want := activity(t, n)
	r := tooltest.Stop(t, p)
	check(t, r.Stdout, want)
	if n := strings.Count(r.Stdout, "\n"); n != len(want)+1 { // and the one that fills the queue
		t.Errorf("%d lines, want %d:\n%s", n, len(want)+1, r.Stdout)
	}
}

// The filters leave out what they should, and nothing else. An answer that a packet
// filter, or a full queue, keeps back is slow.
func TestLiveFilters(t *testing.T) {
	needs(t)
	n := inettest.New(t, "client")
	acceptor := n.Thread("acceptor")
	idle := fmt.Sprint(testenv.Start(t, "sleep", "1000").Pid())
	slow := tooltest.Start(t, "tcpconnlat", "--json", "-p", self(), "500")
	four := tooltest.Start(t, "tcpconnlat", "--json", "-4", "-p", self())
	six := tooltest.Start(t, "tcpconnlat", "-6", "-t", "-L", "-p", self())
	other := tooltest.Start(t, "tcpconnlat", "--json", "-p", idle)
	v4, v6 := timed(t, n, n.Listen(inettest.V4).Addr), timed(t, n, n.Listen(inettest.V6).Addr)

	// The first packet is dropped, and sent again after a second.
	l := acceptor.ListenFor(inettest.V4, 0)
	n.Connect(l.Addr)
	time.AfterFunc(200*time.Millisecond, func() { l.Accept() })
	late := timed(t, n, l.Addr)

	out := tooltest.Stop(t, slow).Stdout
	check(t, out, []made{late})
	if all := connections(t, out); len(all) != 1 || all[0].MS < 900 {
		t.Errorf("one took 500 ms: %s", out)
	}
	out = tooltest.StopNow(t, four).Stdout
	check(t, out, []made{v4, late})
	if n := strings.Count(out, "\n"); n != 3 {
		t.Errorf("%d lines over IPv4, want 3:\n%s", n, out)
	}
	rows := inettest.Rows(tooltest.StopNow(t, six).Stdout, "PID", false)
	want := map[string]string{"TIME(s)": "0.000", "PID": self(), "COMM": "client", "IP": "6", "SADDR": "::1", "LPORT": fmt.Sprint(v6.local.Port()), "DADDR": "::1", "DPORT": fmt.Sprint(v6.remote.Port())}
	if len(rows) != 1 || len(inettest.Find(rows, want)) != 1 {
		t.Errorf("got %v, want %v", rows, want)
	}
	if r := tooltest.StopNow(t, other); r.Stdout != "" {
		t.Errorf("of another process: %v", r)
	}
}
