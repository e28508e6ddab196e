package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182, UID: 7}
	copy(who.Comm[:], "ng\x1binx")
	events := []event{
		{Who: who, Bound: inet.BoundTo(netip.MustParseAddrPort("127.0.0.1:80")), NetNS: 4026531840, Backlog: 511, Protocol: 6},
		{Who: who, Bound: inet.BoundTo(netip.MustParseAddrPort("[2001:db8::1]:443")), NetNS: 4026531841, Backlog: 4096, Protocol: 132},
	}
	head := `{"time":"` + bccgo.KtimeToTime(who.Time).Format(time.RFC3339Nano) + `","pid":181,"tid":182,"uid":7,"comm":"ng\u001binx",`
	for _, test := range []struct {
		name string
		o    options
		json bool
		want string
	}{
		{"plain", options{}, false, `PID     COMM         PROTO  BACKLOG  PORT  ADDR
181     ng\x1binx    TCPv4  511      80    127.0.0.1
181     ng\x1binx    SCTPv6 4096     443   2001:db8::1
`},
		{"namespace", options{showNetNS: true}, false, `PID     COMM         NETNS        PROTO  BACKLOG  PORT  ADDR
181     ng\x1binx    4026531840   TCPv4  511      80    127.0.0.1
181     ng\x1binx    4026531841   SCTPv6 4096     443   2001:db8::1
`},
		{"JSON", options{}, true,
			head + `"netns":4026531840,"protocol":"TCPv4","backlog":511,"port":80,"addr":"127.0.0.1"}` + "\n" +
				head + `"netns":4026531841,"protocol":"SCTPv6","backlog":4096,"port":443,"addr":"2001:db8::1"}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := test.o.printer(s)
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		if got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-p 4194305", "--pid 4194305: there is no such process"},
		{"-n 4294967296", "--netns 4294967296: want the number of a namespace"},
		{"-n x", "-n"},
		{"--probes x", `--probes "x"`},
		{"80", `unexpected argument "80"`},
	} {
		tooltest.Refused(t, tool(), test.want, strings.Fields(test.args)...)
	}
}
