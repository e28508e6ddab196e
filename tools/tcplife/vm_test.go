package main

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	h := newHosts(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "tcplife", "--json", "--probes", kind)
			want := h.activity(t)
			check(t, tooltest.Stop(t, p).Stdout, want)
		})
	}
}

// Another process that accepts connections and ends them first is their owner,
// although packets do the rest.
func TestVMServer(t *testing.T) {
	testenv.VM(t)
	testenv.NeedProgram(t, "python3")
	n := inettest.New(t, "client")
	p := tooltest.Start(t, "tcplife", "-s")
	server := testenv.Start(t, n.In("python3", "-c", `import socket
s = socket.create_server(("127.0.0.1", 4200))
print("ready", flush=True)
c, _ = s.accept()
c.sendall(b"x" * 3000)
c.close()`)...)
	server.Await("ready", time.Minute)
	c := n.Connect(netip.AddrPortFrom(inettest.V4.Addr(), 4200))
	c.Read(3000)
	c.Close()
	if r := server.Wait(time.Minute); r.ExitCode != 0 {
		t.Fatal(r)
	}
	p.Await("python3", time.Minute) // its socket may outlive it until the last packet
	rows := inettest.Rows(tooltest.Stop(t, p).Stdout, "PID,", true)
	for _, want := range []map[string]string{
		{"PID": fmt.Sprint(server.Pid()), "COMM": "python3", "IP": "4", "LPORT": "4200", "RPORT": fmt.Sprint(c.Local.Port()), "TX_KB": "2", "RX_KB": "0"},
		{"PID": fmt.Sprint(os.Getpid()), "COMM": "client", "IP": "4", "LPORT": fmt.Sprint(c.Local.Port()), "RPORT": "4200", "TX_KB": "0", "RX_KB": "2"},
	} {
		if found := inettest.Find(rows, want); len(found) != 1 {
			t.Errorf("no %v in %v", want, rows)
		}
	}
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	h := newHosts(t)
	theirs := tooltest.StartTheirs(t, "tcplife", "PID.*MS", "-w")
	ours := tooltest.Start(t, "tcplife", "-w")
	var want []lived
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		l := h.server.Listen(addr)
		want = append(want, h.talk(l, func(client, server *inettest.Conn) { client.Close(); server.Close() })...)
	}
	want = append(want, h.refused(t))
	got, printed := inettest.Rows(tooltest.Stop(t, ours).Stdout, "PID", false), inettest.Rows(tooltest.StopTheirs(t, theirs), "PID", false)
	for _, w := range want {
		key := map[string]string{"LPORT": fmt.Sprint(w.local.Port()), "RPORT": fmt.Sprint(w.remote.Port())}
		our, their := inettest.Find(got, key), inettest.Find(printed, key)
		if len(our) != 1 || len(their) != 1 {
			t.Errorf("%+v: %v, BCC's %v", w, our, their)
			continue
		}
		inettest.Near(t, our[0]["MS"], their[0]["MS"])
		c.Row(fmt.Sprintf("%s of %v", w.comm, w.remote), inettest.Without(our[0], "MS"), inettest.Without(their[0], "MS"))
	}
	c.Explained("MS", "each tool takes the time when its own program runs; they differ by less than 20 ms in an emulated machine")
	c.Explained("PID, COMM of servers that close first", "BCC prints the task that the last packet interrupts; ours is the one that accepted the connection (TestVMServer)")
}
