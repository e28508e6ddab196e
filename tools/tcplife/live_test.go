package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
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

// lived is one end of a connection that was made.
type lived struct {
	comm          string
	local, remote netip.AddrPort
	tx, rx        uint64
	least         time.Duration
}

// The tests' connections last so long, and carry so many bytes.
const (
	lasting = 60 * time.Millisecond
	asked   = 5000
	replied = 70000
)

// hosts are threads of this process at both ends of connections.
type hosts struct{ client, server *inettest.Net }

func newHosts(t *testing.T) hosts {
	t.Helper()
	client := inettest.New(t, "client")
	return hosts{client, client.Thread("server")}
}

// talk makes a connection and has it ended in some way.
func (h hosts) talk(l *inettest.Listener, end func(client, server *inettest.Conn)) []lived {
	client := h.client.Connect(l.Addr)
	server := l.Accept()
	client.Write(asked)
	server.Read(asked)
	server.Write(replied)
	client.Read(replied)
	time.Sleep(lasting)
	end(client, server)
	inettest.Order()
	return []lived{
		{"client", client.Local, client.Remote, asked, replied, lasting},
		{"server", server.Local, server.Remote, replied, asked, lasting},
	}
}

// refused tries to connect where nobody listens.
func (h hosts) refused(t *testing.T) lived {
	t.Helper()
	to := netip.AddrPortFrom(inettest.V4.Addr(), 9)
	c, err := h.client.TryConnect(to.Addr(), to)
	if !errors.Is(err, unix.ECONNREFUSED) {
		t.Fatal(err)
	}
	return lived{"client", c.Local, to, 0, 0, 0}
}

// activity makes connections that end in all kinds of ways.
func (h hosts) activity(t *testing.T) (all []lived) {
	t.Helper()
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		l := h.server.Listen(addr)
		all = append(all, h.talk(l, func(client, server *inettest.Conn) { client.Close(); server.Close() })...)
		all = append(all, h.talk(l, func(client, server *inettest.Conn) { server.Close(); client.Close() })...)
		all = append(all, h.talk(l, func(client, server *inettest.Conn) { client.Reset(); server.Close() })...)
	}
	return append(all, h.refused(t))
}

// ended reads JSON lines by the local and the remote port.
func ended(t *testing.T, stdout string) map[[2]uint16]connection {
	t.Helper()
	all := map[[2]uint16]connection{}
	for line := range strings.Lines(stdout) {
		var c connection
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[[2]uint16{c.Lport, c.Rport}] = c
	}
	return all
}

// bytes tells whether the kernel's count is that of the data: it counts the
// connection's beginning and end as well, each as one.
func bytes(got, want uint64) bool { return got >= want && got <= want+2 }

func check(t *testing.T, stdout string, want []lived) {
	t.Helper()
	all := ended(t, stdout)
	for _, w := range want {
		c, ok := all[[2]uint16{w.local.Port(), w.remote.Port()}]
		if !ok {
			t.Errorf("no %+v in\n%s", w, stdout)
			continue
		}
		version := uint32(6)
		if w.local.Addr().Is4() {
			version = 4
		}
		if c.PID == nil || *c.PID != uint32(os.Getpid()) || *c.UID != 0 || c.Comm != w.comm || c.IP != version || c.Laddr != w.local.Addr() || c.Raddr != w.remote.Addr() {
			t.Errorf("got %+v, want %+v", c, w)
		}
		if !bytes(c.Tx, w.tx) || !bytes(c.Rx, w.rx) {
			t.Errorf("%d bytes out and %d in, want %d and %d", c.Tx, c.Rx, w.tx, w.rx)
		}
		took := time.Duration(c.MS * 1e6)
		if took < w.least || took > w.least+testenv.Timeout(500*time.Millisecond) {
			t.Errorf("it lasted %v, want %v", took, w.least)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("it ended %v ago", age)
		}
	}
}

func self() string { return fmt.Sprint(os.Getpid()) }

func TestLive(t *testing.T) {
	needs(t)
	h := newHosts(t)
	p := tooltest.Start(t, "tcplife", "--json", "-p", self())
	want := h.activity(t)
	r := tooltest.Stop(t, p)
	check(t, r.Stdout, want)
	if n := strings.Count(r.Stdout, "\n"); n != len(want) {
		t.Errorf("%d lines, want %d:\n%s", n, len(want), r.Stdout)
	}
}

// The filters leave out what they should, and nothing else.
func TestLiveFilters(t *testing.T) {
	needs(t)
	h := newHosts(t)
	v4, v6 := h.server.Listen(inettest.V4), h.server.Listen(inettest.V6)
	idle := fmt.Sprint(testenv.Start(t, "sleep", "1000").Pid())
	tests := []struct {
		name string
		args []string
		want func(four, six []lived) []lived
		tool *testenv.Proc
	}{
		{name: "IPv4", args: []string{"-4", "-p", self()}, want: func(four, _ []lived) []lived { return four }},
		{name: "IPv6", args: []string{"-6", "-p", self()}, want: func(_, six []lived) []lived { return six }},
		{name: "local port", args: []string{"-L", fmt.Sprint(v4.Addr.Port()), "-p", self()}, want: func(four, _ []lived) []lived { return four[1:] }},
		{name: "remote ports", args: []string{"-D", fmt.Sprintf("%d,%d", v4.Addr.Port(), v6.Addr.Port()), "-p", self()},
			want: func(four, six []lived) []lived { return []lived{four[0], six[0]} }},
		{name: "other process", args: []string{"-p", idle}, want: func(_, _ []lived) []lived { return nil }},
	}
	for i := range tests {
		tests[i].tool = tooltest.Start(t, "tcplife", append(tests[i].args, "--json")...)
	}
	end := func(client, server *inettest.Conn) { client.Close(); server.Close() }
	four, six := h.talk(v4, end), h.talk(v6, end)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want, out := test.want(four, six), tooltest.Stop(t, test.tool).Stdout
			check(t, out, want)
			if n := strings.Count(out, "\n"); n != len(want) {
				t.Errorf("%d lines, want %d:\n%s", n, len(want), out)
			}
		})
	}
}

// What was there before the tool was started has no known beginning and is left
// out, and the columns of text are those of JSON.
func TestLiveColumns(t *testing.T) {
	needs(t)
	h := newHosts(t)
	l := h.server.Listen(inettest.V4)
	before := h.client.Connect(l.Addr)
	p := tooltest.Start(t, "tcplife", "-t", "-p", self())
	before.Close()
	want := h.talk(h.server.Listen(inettest.V4), func(client, server *inettest.Conn) { client.Close(); server.Close() })
	rows := strings.Split(strings.TrimSpace(tooltest.Stop(t, p).Stdout), "\n")
	if len(rows) != 3 || strings.Join(strings.Fields(rows[0]), " ") != "TIME(s) PID COMM LADDR LPORT RADDR RPORT TX_KB RX_KB MS" {
		t.Fatalf("got %q", rows)
	}
	for _, w := range want {
		row := fmt.Sprintf("%s %s %s %d %s %d %d %d ", self(), w.comm, w.local.Addr(), w.local.Port(), w.remote.Addr(), w.remote.Port(), w.tx/1024, w.rx/1024)
		found := false
		for _, r := range rows[1:] {
			found = found || strings.Contains(strings.Join(strings.Fields(r), " "), " "+row)
		}
		if !found {
			t.Errorf("no %q in %q", row, rows)
		}
	}
}
