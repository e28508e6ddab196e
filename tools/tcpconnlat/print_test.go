package main

import (
	"net/netip"
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
	{5e9, 1804e3, inet.EndsOf(netip.MustParseAddrPort("192.0.2.7:46644"), netip.MustParseAddrPort("198.51.100.3:80")), inet.Task{PID: 32151, UID: 33, Comm: comm("isDomain")}, 0},
	{6e9 + 5e8, 149e6, inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:2222"), netip.MustParseAddrPort("[2001:db8::1]:5223")), inet.Task{PID: 7, Comm: comm("s\nsh")}, 1},
}

// printed is what the tool makes of the events with these flags.
func printed(t *testing.T, common toolkit.Common, args ...string) string {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"tcpconnlat"}, args...)); err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		table := o.table(s)
		return tooltest.Feed(events, table.Heading, func(ev *event) error { return table.Row(ev.connection()) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	want := `PID     COMM         IP SADDR            DADDR            DPORT LAT(ms)
32151   isDomain     4  192.0.2.7        198.51.100.3     80    1.80
7       s\nsh        6  2001:db8::7      2001:db8::1      5223  149.00
`
	if got := printed(t, toolkit.Common{}); got != want {
		t.Errorf("got\n%s", got)
	}
	want = `TIME(s)  PID     COMM         IP SADDR            LPORT  DADDR            DPORT LAT(ms)
0.000    32151   isDomain     4  192.0.2.7        46644  198.51.100.3     80    1.80
1.500    7       s\nsh        6  2001:db8::7      2222   2001:db8::1      5223  149.00
`
	if got := printed(t, toolkit.Common{}, "-t", "-L"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	want := []string{
		`"pid":32151,"uid":33,"comm":"isDomain","ip":4,"saddr":"192.0.2.7","lport":46644,"daddr":"198.51.100.3","dport":80,"latency_ms":1.804,"refused":false}`,
		`"pid":7,"uid":0,"comm":"s\nsh","ip":6,"saddr":"2001:db8::7","lport":2222,"daddr":"2001:db8::1","dport":5223,"latency_ms":149,"refused":true}`,
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
		{[]string{"-p", "4294967295"}, "--pid 4294967295: there is no such process"},
		{[]string{"0"}, "duration \"0\": want a number of milliseconds above 0"},
		{[]string{"soon"}, "duration \"soon\": want a number"},
		{[]string{"NaN"}, "duration \"NaN\": want a number"},
		{[]string{"--probes", "fentry"}, "--probes \"fentry\": want tracepoint"},
		{[]string{"1", "2"}, "unexpected argument \"2\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
