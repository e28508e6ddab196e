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
	{5e9, 0, 4026531840, inet.EndsOf(netip.MustParseAddrPort("192.0.2.7:51478"), netip.MustParseAddrPort("198.51.100.3:23")), inet.Task{PID: 28943, UID: 33, Comm: comm("telnet")}},
	{5e9 + 1500e6, 1, 4026532266, inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:22"), netip.MustParseAddrPort("[2001:db8::1]:52915")), inet.Task{PID: 7, Comm: comm("s\nsh")}},
	{5e9 + 2e9 + 7, 2, 4026532266, inet.EndsOf(netip.MustParseAddrPort("[2001:db8::7]:22"), netip.MustParseAddrPort("[2001:db8::1]:52915")), inet.Task{PID: 7, Comm: comm("ssh")}},
}

// printed is what the tool makes of the events with these flags.
func printed(t *testing.T, common toolkit.Common, args ...string) string {
	t.Helper()
	o := &options{}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }, HideVersion: true}
	if err := app.Run(append([]string{"tcptracer"}, args...)); err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		table := o.table(s)
		return tooltest.Feed(events, table.Heading, func(ev *event) error { return table.Row(ev.deed()) }, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	for _, test := range []struct {
		args, want string
	}{
		{"", `T  PID    COMM             IP SADDR            DADDR            SPORT  DPORT
C  28943  telnet           4  192.0.2.7        198.51.100.3     51478  23
A  7      s\nsh            6  [2001:db8::7]    [2001:db8::1]    22     52915
X  7      ssh              6  [2001:db8::7]    [2001:db8::1]    22     52915
`},
		{"-t", `TIME(s)  T  PID    COMM             IP SADDR            DADDR            SPORT  DPORT
0.000    C  28943  telnet           4  192.0.2.7        198.51.100.3     51478  23
1.500    A  7      s\nsh            6  [2001:db8::7]    [2001:db8::1]    22     52915
2.000    X  7      ssh              6  [2001:db8::7]    [2001:db8::1]    22     52915
`},
		{"-v -t", `TIME(ns)      TYPE         PID    COMM             IP SADDR            DADDR            SPORT  DPORT  NETNS
0             connect      28943  telnet           4  192.0.2.7        198.51.100.3     51478  23     4026531840
1500000000    accept       7      s\nsh            6  [2001:db8::7]    [2001:db8::1]    22     52915  4026532266
2000000007    close        7      ssh              6  [2001:db8::7]    [2001:db8::1]    22     52915  4026532266
`},
		{"-v -N 4026532266", `TYPE         PID    COMM             IP SADDR            DADDR            SPORT  DPORT
connect      28943  telnet           4  192.0.2.7        198.51.100.3     51478  23
accept       7      s\nsh            6  [2001:db8::7]    [2001:db8::1]    22     52915
close        7      ssh              6  [2001:db8::7]    [2001:db8::1]    22     52915
`},
	} {
		if got := printed(t, toolkit.Common{}, strings.Fields(test.args)...); got != test.want {
			t.Errorf("%q: got\n%s", test.args, got)
		}
	}
}

func TestJSON(t *testing.T) {
	got, _, _ := strings.Cut(printed(t, toolkit.Common{JSON: true}), "\n")
	_, rest, _ := strings.Cut(got, ",")
	want := `"type":"connect","pid":28943,"uid":33,"comm":"telnet","ip":4,"saddr":"192.0.2.7","daddr":"198.51.100.3","sport":51478,"dport":23,"netns":4026531840}`
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
		{[]string{"-p", "4294967295"}, "--pid 4294967295: there is no such process"},
		{[]string{"-N", "4294967296"}, "--netns 4294967296: inode numbers of namespaces have 32 bits"},
		{[]string{"-N", "net"}, "invalid value \"net\""},
		{[]string{"--probes", "fentry"}, "--probes \"fentry\": want tracepoint"},
		{[]string{"80"}, "unexpected argument \"80\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
