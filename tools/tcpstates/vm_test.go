package main

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/inettest"
)

// Without a filter both ends are seen, by the tracepoint.
func TestVMTracepoint(t *testing.T) {
	testenv.VM(t)
	client := inettest.New(t, "client")
	server := client.Thread("server")
	p := tooltest.Start(t, "tcpstates", "--json", "--probes", "tracepoint")
	var ends [][2]netip.AddrPort
	for _, addr := range []netip.AddrPort{inettest.V4, inettest.V6} {
		ends = append(ends, talk(client, server.Listen(addr)))
	}
	all := changes(t, tooltest.Stop(t, p).Stdout)
	for _, e := range ends {
		var of []change
		for _, c := range all {
			if c.Raddr.IsUnspecified() && c.Rport == 0 && (c.From == "CLOSE" || c.To == "CLOSE") {
				continue // of the listening socket
			}
			of = append(of, c)
		}
		histories(t, of, e)
	}
}

// The function does not tell of the server's first state.
func TestVMKprobe(t *testing.T) {
	testenv.VM(t)
	client := inettest.New(t, "client")
	server := client.Thread("server")
	l := server.Listen(inettest.V4)
	p := tooltest.Start(t, "tcpstates", "--json", "--probes", "kprobe", "-D", fmt.Sprint(l.Addr.Port()))
	ends := talk(client, l)
	history{
		from: []string{"CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"}, comm: "client", calls: []string{"CLOSE", "ESTABLISHED"},
		local: ends[0], remote: ends[1],
	}.check(t, changes(t, tooltest.Stop(t, p).Stdout))
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	client := inettest.New(t, "client")
	server := client.Thread("server")
	four, six := server.Listen(inettest.V4), server.Listen(inettest.V6)
	theirs := tooltest.StartTheirs(t, "tcpstates", "SKADDR.*MS", "-w")
	ours := tooltest.Start(t, "tcpstates", "-w")
	ends := [][2]netip.AddrPort{talk(client, four), talk(client, six)}
	got, printed := inettest.Rows(tooltest.Stop(t, ours).Stdout, "SKADDR", false), inettest.Rows(tooltest.StopTheirs(t, theirs), "SKADDR", false)
	for _, e := range ends {
		for _, key := range []map[string]string{{"RPORT": fmt.Sprint(e[1].Port())}, {"LPORT": fmt.Sprint(e[1].Port())}} {
			our, their := inettest.Find(got, key), inettest.Find(printed, key)
			if len(our) != 5 || len(their) != 5 {
				t.Errorf("%v: %v, BCC's %v", e, our, their)
				continue
			}
			for i := range our {
				inettest.Near(t, our[i]["MS"], their[i]["MS"])
				c.Row(fmt.Sprintf("%v, change %d", e, i+1), inettest.Without(our[i], "MS"), inettest.Without(their[i], "MS"))
			}
		}
	}
	c.Explained("MS", "each tool takes the time when its own program runs; they differ by less than 20 ms in an emulated machine")
}
