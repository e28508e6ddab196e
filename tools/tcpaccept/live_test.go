package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_exit_accept4")
}

// made is a connection that was accepted.
type made struct {
	ip           uint32
	raddr, laddr netip.AddrPort
}

// accept connects to a listener and accepts that.
func accept(n *inettest.Net, l *inettest.Listener, connect func(netip.AddrPort) *inettest.Conn) made {
	to := netip.AddrPortFrom(l.Addr.Addr(), l.Addr.Port())
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(inettest.V4.Addr(), l.Addr.Port())
	}
	connect(to)
	c := l.Accept()
	m := made{4, c.Remote, c.Local}
	if c.Local.Addr().Is6() {
		m.ip = 6
	}
	inettest.Order()
	return m
}

// activity accepts in all kinds of ways and returns what is to be seen.
func activity(t *testing.T, n *inettest.Net) (all []made) {
	t.Helper()
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		l := n.Listen(addr)
		all = append(all, accept(n, l, n.Connect), accept(n, l, n.Connect))
	}
	both := n.Listen(netip.AddrPortFrom(netip.IPv6Unspecified(), 0))
	return append(all, accept(n, both, n.Connect), accept(n, both, n.ConnectMapped))
}

// check compares what was printed about this process, and its threads' name.
func check(t *testing.T, stdout string, want []made) {
	t.Helper()
	var got []made
	for line := range strings.Lines(stdout) {
		var c connection
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if c.PID != uint32(os.Getpid()) {
			continue
		}
		if age := time.Since(c.Time); c.Comm != "acceptor" || c.UID != 0 || age < 0 || age > 5*time.Minute {
			t.Errorf("got %+v", c)
		}
		got = append(got, made{c.IP, netip.AddrPortFrom(c.Raddr, c.Rport), netip.AddrPortFrom(c.Laddr, c.Lport)})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func self() string { return fmt.Sprint(os.Getpid()) }

func TestLive(t *testing.T) {
	needs(t)
	n := inettest.New(t, "acceptor")
	p := tooltest.Start(t, "tcpaccept", "--json", "-p", self())
	want := activity(t, n)
	check(t, tooltest.Stop(t, p).Stdout, want)
}

// A call that waits since before the tool was started is seen; its connection
// comes from another thread.
func TestLiveWaiting(t *testing.T) {
	needs(t)
	n := inettest.New(t, "acceptor")
	l := n.Listen(inettest.V4)
	client := n.Thread("client")
	accepted := make(chan *inettest.Conn)
	go func() { accepted <- l.Accept() }()
	p := tooltest.Start(t, "tcpaccept", "--json", "-p", self())
	client.Connect(l.Addr)
	c := <-accepted
	check(t, tooltest.Stop(t, p).Stdout, []made{{4, c.Remote, c.Local}})
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	n := inettest.New(t, "acceptor")
	v4, other, v6 := n.Listen(inettest.V4), n.Listen(inettest.V4), n.Listen(inettest.V6)
	idle := fmt.Sprint(testenv.Start(t, "sleep", "1000").Pid())
	for _, test := range []struct {
		name string
		args []string
		want func(v4, other, v6 made) []made
	}{
		{"IPv4", []string{"-4", "-p", self()}, func(v4, other, _ made) []made { return []made{v4, other} }},
		{"IPv6", []string{"-6", "-p", self()}, func(_, _, v6 made) []made { return []made{v6} }},
		{"ports", []string{"-P", fmt.Sprintf("%d,%d", v6.Addr.Port(), v4.Addr.Port()), "-p", self()}, func(v4, _, v6 made) []made { return []made{v4, v6} }},
		{"other process", []string{"-p", idle}, func(_, _, _ made) []made { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := tooltest.Start(t, "tcpaccept", append(test.args, "--json")...)
			want := test.want(accept(n, v4, n.Connect), accept(n, other, n.Connect), accept(n, v6, n.Connect))
			check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

func TestLiveColumns(t *testing.T) {
	needs(t)
	n := inettest.New(t, "acceptor")
	l := n.Listen(inettest.V4)
	p := tooltest.Start(t, "tcpaccept", "-tT", "-p", self())
	m := accept(n, l, n.Connect)
	now := time.Now()
	lines := strings.Split(tooltest.Stop(t, p).Stdout, "\n")
	if len(lines) != 3 || strings.Join(strings.Fields(lines[0]), " ") != "TIME TIME(s) PID COMM IP RADDR RPORT LADDR LPORT" {
		t.Fatalf("got %q", lines)
	}
	f := strings.Fields(lines[1])
	at, err := time.ParseInLocation(time.DateTime, now.Format(time.DateOnly)+" "+f[0], time.Local)
	if age := now.Sub(at); err != nil || age < -time.Second || age > testenv.Timeout(3*time.Second) {
		t.Errorf("%s, %v: %v", f[0], err, age)
	}
	want := fmt.Sprintf("0.000 %s acceptor 4 127.0.0.1 %d 127.0.0.1 %d", self(), m.raddr.Port(), m.laddr.Port())
	if got := strings.Join(f[1:], " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
