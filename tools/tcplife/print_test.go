package main

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

var events = []event{
	{5e9, 105.5e6, 2047, 1536 << 10, inet.EndsOf(netip.MustParseAddrPort("192.0.2.7:46644"), netip.MustParseAddrPort("198.51.100.3:80")),
		inet.Task{PID: 22597, UID: 33, Comm: comm("recordProg,2")}, 1},
	{6e9 + 5e8, 1234, 0, 1024, inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:22"), netip.MustParseAddrPort("[2001:db8::1]:52915")), inet.Task{}, 0},
}

// printed is what the tool makes of the events with these flags.
func printed(t *testing.T, common toolkit.Common, args ...string) string {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"tcplife"}, args...)); err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		table := o.table(s)
		return tooltest.Feed(events, table.Heading, func(ev *event) error { return table.Row(ev.connection()) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	for _, test := range []struct {
		flag, want string
	}{
		{"--csv=false", `PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS
22597 recordProg 192.0.2.7       46644 198.51.100.3    80        1  1536 105.50
-     -          2001:db8::7     22    2001:db8::1     52915     0     1 0.00
`},
		{"-w", `PID   COMM             IP LADDR                      LPORT RADDR                      RPORT  TX_KB  RX_KB MS
22597 recordProg,2     4  192.0.2.7                  46644 198.51.100.3               80         1   1536 105.50
-     -                6  2001:db8::7                22    2001:db8::1                52915      0      1 0.00
`},
		{"--csv", `PID,COMM,IP,LADDR,LPORT,RADDR,RPORT,TX_KB,RX_KB,MS
22597,"recordProg,2",4,192.0.2.7,46644,198.51.100.3,80,1,1536,105.50
-,-,6,2001:db8::7,22,2001:db8::1,52915,0,1,0.00
`},
	} {
		if got := printed(t, toolkit.Common{}, test.flag); got != test.want {
			t.Errorf("%s: got\n%s", test.flag, got)
		}
	}
	stamped := regexp.MustCompile(`^TIME     TIME\(s\)   PID .*
\d\d:\d\d:\d\d 0\.000000  22597 .*
\d\d:\d\d:\d\d 1\.500000  - .*
$`)
	if got := printed(t, toolkit.Common{}, "-t", "-T"); !stamped.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	want := []string{
		`"pid":22597,"uid":33,"comm":"recordProg,2","ip":4,"laddr":"192.0.2.7","lport":46644,"raddr":"198.51.100.3","rport":80,"tx_bytes":2047,"rx_bytes":1572864,"ms":105.5}`,
		`"ip":6,"laddr":"2001:db8::7","lport":22,"raddr":"2001:db8::1","rport":52915,"tx_bytes":0,"rx_bytes":1024,"ms":0.001234}`,
	}
	for i, line := range strings.Split(strings.TrimSpace(printed(t, toolkit.Common{JSON: true})), "\n") {
		if _, rest, _ := strings.Cut(line, ","); rest != want[i] || !strings.HasPrefix(line, `{"time":"`) {
			t.Errorf("got %s", line)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-4", "-6"}, "--ipv4 and --ipv6: give one of them"},
		{[]string{"-L", "80,http"}, "--localport \"80,http\": want numbers"},
		{[]string{"-D", "65536"}, "--remoteport \"65536\": want numbers"},
		{[]string{"-p", "4294967295"}, "--pid 4294967295: there is no such process"},
		{[]string{"-p", "-1"}, "invalid value \"-1\""},
		{[]string{"--probes", "fentry"}, "--probes \"fentry\": want tracepoint"},
		{[]string{"80"}, "unexpected argument \"80\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
