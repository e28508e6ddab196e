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

func bound(text string) inet.Bound { return inet.BoundTo(netip.MustParseAddrPort(text)) }

func TestPrint(t *testing.T) {
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182, UID: 7}
	copy(who.Comm[:], "named\n")
	later := who
	later.Time += 1500000
	events := []event{
		{Who: who, Bound: bound("127.0.0.1:53"), Protocol: 17, Options: 0b01000},
		{Who: later, Bound: bound("[2001:db8::1]:443"), Protocol: 6, Options: 0b10111, Device: 2},
		{Who: later, Bound: bound("0.0.0.0:80"), Protocol: 999, Ret: -98},
	}
	head := `{"time":"FIRST","pid":181,"tid":182,"uid":7,"comm":"named\n",`
	for _, test := range []struct {
		name string
		o    options
		json bool
		want string
	}{
		{"plain", options{}, false, `     PID COMM         PROT ADDR             PORT OPTS  IF
     181 named\n      UDP  127.0.0.1          53 ...R.  0
     181 named\n      TCP  2001:db8::1       443 FTN.r  2
     181 named\n      UNKNOWN 0.0.0.0            80 .....  0
`},
		{"all columns", options{timestamp: true, printUID: true, errors: true}, false,
			`TIME(s)      UID RC       PID COMM         PROT ADDR             PORT OPTS  IF
0.000000       7 0        181 named\n      UDP  127.0.0.1          53 ...R.  0
0.001500       7 0        181 named\n      TCP  2001:db8::1       443 FTN.r  2
0.001500       7 -98      181 named\n      UNKNOWN 0.0.0.0            80 .....  0
`},
		{"wide", options{wide: true, errors: true}, false,
			`RC                               PID COMM         PROT ADDR                                     PORT OPTS  IF
Success                          181 named\n      UDP  127.0.0.1                                  53 ...R.  0
Success                          181 named\n      TCP  2001:db8::1                               443 FTN.r  2
Address already in use           181 named\n      UNKNOWN 0.0.0.0                                    80 .....  0
`},
		{"JSON", options{}, true,
			head + `"protocol":"UDP","addr":"127.0.0.1","port":53,"options":["SO_REUSEADDR"],"ret":0}` + "\n" +
				strings.Replace(head, "FIRST", "LATER", 1) + `"protocol":"TCP","addr":"2001:db8::1","port":443,"options":["IP_FREEBIND","IP_TRANSPARENT","IP_BIND_ADDRESS_NO_PORT","SO_REUSEPORT"],"device":2,"ret":0}` + "\n" +
				strings.Replace(head, "FIRST", "LATER", 1) + `"protocol":"UNKNOWN","addr":"0.0.0.0","port":80,"ret":-98}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := test.o.printer(s)
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		want := strings.NewReplacer("FIRST", bccgo.KtimeToTime(who.Time).Format(time.RFC3339Nano),
			"LATER", bccgo.KtimeToTime(later.Time).Format(time.RFC3339Nano)).Replace(test.want)
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	rows := []count{
		{netip.MustParseAddr("::"), 22, 9}, {netip.MustParseAddr("127.0.0.1"), 53, 2},
		{netip.MustParseAddr("10.0.0.1"), 53, 2}, {netip.MustParseAddr("127.0.0.1"), 80, 3},
	}
	for asJSON, want := range map[bool]string{
		false: `
LADDR                                           LPORT     BINDS
127.0.0.1                                          80     3
10.0.0.1                                           53     2
127.0.0.1                                          53     2
::                                                 22     9
`,
		true: `{"laddr":"127.0.0.1","lport":80,"binds":3}
{"laddr":"10.0.0.1","lport":53,"binds":2}
{"laddr":"127.0.0.1","lport":53,"binds":2}
{"laddr":"::","lport":22,"binds":9}
`,
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error { return printCounts(s, rows) })
		if got != want {
			t.Errorf("JSON %t: got\n%swant\n%s", asJSON, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-p 4194305", "--pid 4194305: there is no such process"},
		{"-P 0", `--port "0"`},
		{"-P 80,x", `--port "80,x"`},
		{"-P 65536", `--port "65536"`},
		{"-u nobody-there", `user "nobody-there"`},
		{"-p x", "-p"},
		{"--probes x", `--probes "x"`},
		{"--cgroupmap /no/such/map", "find the pinned map"},
		{"80", `unexpected argument "80"`},
	} {
		tooltest.Refused(t, tool(), test.want, strings.Fields(test.args)...)
	}
}
