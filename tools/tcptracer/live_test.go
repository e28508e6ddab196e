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
	testenv.NeedTracepoint(t, "sock:inet_sock_set_state")
}

// done is something that was done to a connection.
type done struct {
	kind, comm    string
	local, remote netip.AddrPort
}

// hosts are threads of this process at both ends of connections.
type hosts struct{ client, server *inettest.Net }

func newHosts(t *testing.T) hosts {
	t.Helper()
	client := inettest.New(t, "client")
	return hosts{client, client.Thread("server")}
}

// talk makes a connection and has it ended in some way, after which these have
// closed it.
func (h hosts) talk(l *inettest.Listener, end func(client, server *inettest.Conn), closers ...string) (all []done) {
	client := h.client.Connect(l.Addr)
	inettest.Order()
	server := l.Accept()
	inettest.Order()
	end(client, server)
	inettest.Order()
	ends := map[string]*inettest.Conn{"client": client, "server": server}
	all = []done{{"connect", "client", client.Local, client.Remote}, {"accept", "server", server.Local, server.Remote}}
	for _, comm := range closers {
		all = append(all, done{"close", comm, ends[comm].Local, ends[comm].Remote})
	}
	return all
}

// inTurn has the client close a connection, and then the server.
func inTurn(client, server *inettest.Conn) {
	client.Close()
	inettest.Order()
	server.Close()
}

// activity connects in all kinds of ways, in vain as well, and returns what is to be
// seen, in its order.
func (h hosts) activity(t *testing.T) (all []done) {
	t.Helper()
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		l := h.server.Listen(addr)
		all = append(all, h.talk(l, inTurn, "client", "server")...)
		all = append(all, h.talk(l, func(client, server *inettest.Conn) { inTurn(server, client) }, "server", "client")...)
		// The other end is closed by that.
		all = append(all, h.talk(l, func(client, server *inettest.Conn) { client.Reset(); server.Close() }, "client")...)
		nobody := netip.AddrPortFrom(addr.Addr(), 9)
		if _, err := h.client.TryConnect(addr.Addr(), nobody); err == nil {
			t.Fatalf("connected to %v", nobody)
		}
	}
	return all
}

// check compares what was printed about the threads.
func (h hosts) check(t *testing.T, stdout string, want []done) {
	t.Helper()
	var got []done
	for line := range strings.Lines(stdout) {
		var d deed
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if d.PID != uint32(os.Getpid()) {
			continue
		}
		local, remote := netip.AddrPortFrom(d.Saddr, d.Sport), netip.AddrPortFrom(d.Daddr, d.Dport)
		if age := time.Since(d.Time); d.UID != 0 || d.Netns != h.client.Inode() || (d.IP == 4) != local.Addr().Is4() || age < 0 || age > 5*time.Minute {
			t.Errorf("got %+v", d)
		}
		got = append(got, done{d.Type, d.Comm, local, remote})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func self() string { return fmt.Sprint(os.Getpid()) }

func TestLive(t *testing.T) {
	needs(t)
	h := newHosts(t)
	p := tooltest.Start(t, "tcptracer", "--json", "-p", self())
	want := h.activity(t)
	h.check(t, tooltest.Stop(t, p).Stdout, want)
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	h := newHosts(t)
	v4, v6 := h.server.Listen(inettest.V4), h.server.Listen(inettest.V6)
	idle := fmt.Sprint(testenv.Start(t, "sleep", "1000").Pid())
	elsewhere := fmt.Sprint(inettest.New(t, "elsewhere").Inode())
	four := tooltest.Start(t, "tcptracer", "--json", "-4", "-p", self())
	six := tooltest.Start(t, "tcptracer", "--json", "-6", "-p", self())
	here := tooltest.Start(t, "tcptracer", "-t", "-N", fmt.Sprint(h.client.Inode()))
	none := []*testenv.Proc{tooltest.Start(t, "tcptracer", "--json", "-p", idle), tooltest.Start(t, "tcptracer", "--json", "-N", elsewhere)}
	want4, want6 := h.talk(v4, inTurn, "client", "server"), h.talk(v6, inTurn, "client", "server")
	h.check(t, tooltest.Stop(t, four).Stdout, want4)
	h.check(t, tooltest.StopNow(t, six).Stdout, want6)
	h.checkText(t, tooltest.StopNow(t, here).Stdout, slices.Concat(want4, want6))
	for _, p := range none {
		if r := tooltest.StopNow(t, p); r.Stdout != "" {
			t.Errorf("of others: %v", r)
		}
	}
}

// checkText compares the lines of -v.
func (h hosts) checkText(t *testing.T, stdout string, want []done) {
	t.Helper()
	rows := inettest.Rows(stdout, "TYPE", false)
	if len(rows) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(rows), len(want), stdout)
	}
	for i, w := range want {
		row := map[string]string{
			"TYPE": w.kind, "PID": self(), "COMM": w.comm, "IP": "4", "SADDR": bracketed(w.local.Addr()), "DADDR": bracketed(w.remote.Addr()),
			"SPORT": fmt.Sprint(w.local.Port()), "DPORT": fmt.Sprint(w.remote.Port()),
		}
		if w.local.Addr().Is6() {
			row["IP"] = "6"
		}
		if len(inettest.Find(rows[i:i+1], row)) != 1 {
			t.Errorf("got %v, want %v", rows[i], row)
		}
	}
}
