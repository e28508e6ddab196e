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

// The tests' connections are in some states so long.
const (
	established = 60 * time.Millisecond
	closeWait   = 40 * time.Millisecond
)

// talk makes a connection that the client ends first.
func talk(client *inettest.Net, l *inettest.Listener) (ends [2]netip.AddrPort) {
	c := client.Connect(l.Addr)
	there := l.Accept()
	time.Sleep(established)
	c.Close()
	time.Sleep(closeWait)
	there.Close()
	inettest.Order()
	return [2]netip.AddrPort{c.Local, c.Remote}
}

// changes reads JSON lines.
func changes(t *testing.T, stdout string) (all []change) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var c change
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// history checks the changes of one socket: each begins in the state that the one
// before led to.
type history struct {
	from          []string // states
	comm          string   // whose system calls changed some of them
	calls         []string // the states in which they did
	local, remote netip.AddrPort
	lasted        map[string]time.Duration
}

func (h history) check(t *testing.T, all []change) {
	t.Helper()
	var from []string
	for i, c := range all {
		from = append(from, c.From)
		next := "CLOSE"
		if i+1 < len(all) {
			next = all[i+1].From
		}
		if c.To != next || c.Sk != all[0].Sk || len(c.Sk) < 8 {
			t.Errorf("change %d: %+v, want to %s", i, c, next)
		}
		if c.From != "LISTEN" && c.From != "CLOSE" {
			h.ends(t, c)
		}
		if slices.Contains(h.calls, c.From) && (c.PID != uint32(os.Getpid()) || c.Comm != h.comm || c.UID != 0) {
			t.Errorf("not by %s: %+v", h.comm, c)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("it was %v ago", age)
		}
	}
	if !slices.Equal(from, h.from) {
		t.Errorf("changes from %v, want from %v", from, h.from)
	}
	h.times(t, all)
}

// ends checks the addresses and ports, which are known but for the first changes;
// Linux 6.1 does not know the remote end yet in SYN_RECV.
func (h history) ends(t *testing.T, c change) {
	t.Helper()
	local, remote := netip.AddrPortFrom(c.Laddr, c.Lport), netip.AddrPortFrom(c.Raddr, c.Rport)
	if local != h.local || (remote != h.remote && c.From != "SYN_RECV") || (c.IP == 4) != h.local.Addr().Is4() {
		t.Errorf("%v to %v in %+v", h.local, h.remote, c)
	}
}

func (h history) times(t *testing.T, all []change) {
	t.Helper()
	for _, c := range all[1:] {
		least := h.lasted[c.From]
		if got := time.Duration(*c.MS * 1e6); got < least || got > least+testenv.Timeout(500*time.Millisecond) {
			t.Errorf("%v in %s, want %v", got, c.From, least)
		}
	}
	if all[0].MS != nil {
		t.Errorf("the beginning of the first state was not seen: %+v", all[0])
	}
}

// histories checks both ends of a connection: those of the client by what leads to
// the server's port, those of the server by what leads from it.
func histories(t *testing.T, all []change, ends [2]netip.AddrPort) {
	t.Helper()
	var client, server []change
	for _, c := range all {
		switch {
		case c.Rport == ends[1].Port():
			client = append(client, c)
		case c.Lport == ends[1].Port():
			server = append(server, c)
		}
	}
	history{
		from: []string{"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"}, comm: "client", calls: []string{"CLOSE", "ESTABLISHED"},
		local: ends[0], remote: ends[1], lasted: map[string]time.Duration{"ESTABLISHED": established},
	}.check(t, client)
	history{
		from: []string{"LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"}, comm: "server", calls: []string{"CLOSE_WAIT"},
		local: ends[1], remote: ends[0], lasted: map[string]time.Duration{"ESTABLISHED": established, "CLOSE_WAIT": closeWait},
	}.check(t, server)
}

// Each of the filters for ports shows one end; the other versions of IP are not
// shown.
func TestLive(t *testing.T) {
	needs(t)
	client := inettest.New(t, "client")
	server := client.Thread("server")
	for version, addr := range map[string]netip.AddrPort{"4": inettest.V4, "6": inettest.V6} {
		l, other := server.Listen(addr), server.Listen(addr)
		port := fmt.Sprint(l.Addr.Port())
		local := tooltest.Start(t, "tcpstates", "--json", "-L", port)
		remote := tooltest.Start(t, "tcpstates", "--json", "-"+version, "-D", port)
		wrong := tooltest.Start(t, "tcpstates", "--json", "-"+map[string]string{"4": "6", "6": "4"}[version], "-D", port)
		talk(client, other)
		ends := talk(client, l)
		out := tooltest.Stop(t, local).Stdout + tooltest.StopNow(t, remote).Stdout
		histories(t, changes(t, out), ends)
		if n := strings.Count(out, "\n"); n != 10 {
			t.Errorf("%d lines:\n%s", n, out)
		}
		if r := tooltest.StopNow(t, wrong); r.Stdout != "" {
			t.Errorf("of another version of IP: %v", r)
		}
	}
}

// The columns of text are those of JSON.
func TestLiveColumns(t *testing.T) {
	needs(t)
	client := inettest.New(t, "client")
	l := client.Listen(inettest.V4)
	p := tooltest.Start(t, "tcpstates", "-t", "-D", fmt.Sprint(l.Addr.Port()))
	ends := talk(client, l)
	rows := strings.Split(strings.TrimSpace(tooltest.Stop(t, p).Stdout), "\n")
	if len(rows) != 6 || strings.Join(strings.Fields(rows[0]), " ") != "TIME(s) SKADDR C-PID C-COMM LADDR LPORT RADDR RPORT OLDSTATE -> NEWSTATE MS" {
		t.Fatalf("got %q", rows)
	}
	f := strings.Fields(rows[3])
	want := fmt.Sprintf("%d client %s %d %s %d ESTABLISHED -> FIN_WAIT1", os.Getpid(), ends[0].Addr(), ends[0].Port(), ends[1].Addr(), ends[1].Port())
	if got := strings.Join(f[2:len(f)-1], " "); got != want || len(f[1]) != 16 {
		t.Errorf("got %q, want %q", rows[3], want)
	}
}
