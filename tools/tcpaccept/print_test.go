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
	{5e9, inet.Task{PID: 907, UID: 33, Comm: comm("sshd")}, inet.EndsOf(netip.MustParseAddrPort("192.0.2.7:22"), netip.MustParseAddrPort("198.51.100.3:32324"))},
	{6e9 + 5e8, inet.Task{PID: 5389, Comm: comm("py\nthon")}, inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:7002"), netip.MustParseAddrPort("[2001:db8::1]:52915"))},
}

// printed is what the tool makes of the events with these flags.
func printed(t *testing.T, common toolkit.Common, args ...string) string {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"tcpaccept"}, args...)); err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		table := o.table(s)
		return tooltest.Feed(events, table.Heading, func(ev *event) error { return table.Row(ev.connection()) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	want := `PID     COMM         IP RADDR            RPORT LADDR            LPORT
907     sshd         4  198.51.100.3     32324 192.0.2.7        22
5389    py\nthon     6  2001:db8::1      52915 2001:db8::7      7002
`
	if got := printed(t, toolkit.Common{}); got != want {
		t.Errorf("got\n%s", got)
	}
	stamped := regexp.MustCompile(`^TIME     TIME\(s\)  PID .*
\d\d:\d\d:\d\d 0\.000    907 .*
\d\d:\d\d:\d\d 1\.500    5389 .*
$`)
	if got := printed(t, toolkit.Common{}, "-T", "-t"); !stamped.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	got, _, _ := strings.Cut(printed(t, toolkit.Common{JSON: true}), "\n")
	_, rest, _ := strings.Cut(got, ",")
	want := `"pid":907,"uid":33,"comm":"sshd","ip":4,"raddr":"198.51.100.3","rport":32324,"laddr":"192.0.2.7","lport":22}`
	if rest != want || !strings.HasPrefix(got, `{"time":"`) {
		t.Errorf("got %s", got)
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-4", "-6"}, "--ipv4 and --ipv6: give one of them"},
		{[]string{"-P", "80,http"}, "--port \"80,http\": want numbers"},
		{[]string{"-p", "4294967295"}, "--pid 4294967295: there is no such process"},
		{[]string{"-p", "me"}, "invalid value \"me\""},
		{[]string{"--probes", "fentry"}, "--probes \"fentry\": want tracepoint"},
		{[]string{"80"}, "unexpected argument \"80\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
