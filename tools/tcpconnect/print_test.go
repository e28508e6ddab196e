package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

func endsOf(local, remote string) inet.Ends {
	return inet.EndsOf(netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote))
}

func TestRows(t *testing.T) {
	curl := event{Time: 5e9, Ends: endsOf("10.0.0.2:50123", "192.0.2.7:443"), PID: 1469, UID: 1000, Comm: comm("curl")}
	ssh := event{Time: 5e9 + 31871e6, Ends: endsOf("[fe80::2000:bff:fe82:3ac]:0", "[fe80::1]:22"), PID: 2015, Comm: comm("ssh\n")}
	find := func(addr netip.Addr, _ time.Time) (string, time.Duration, error) {
		if addr.Is4() {
			return "www.example.com", 123342 * time.Microsecond, nil
		}
		return "", 0, nil
	}
	for _, test := range []struct {
		name string
		o    options
		want string
	}{
		{"plain", options{}, `PID     COMM         IP SADDR            DADDR            DPORT
1469    curl         4  10.0.0.2         192.0.2.7        443
2015    ssh\n        6  fe80::2000:bff:fe82:3ac fe80::1          22
`},
		{"all", options{timestamp: true, printUID: true, lport: true, dns: true},
			`TIME(s)  UID   PID     COMM         IP SADDR            LPORT  DADDR            DPORT QUERY
0.000    1000  1469    curl         4  10.0.0.2         50123  192.0.2.7        443   www.example.com (123.342ms)
31.871   0     2015    ssh\n        6  fe80::2000:bff:fe82:3ac -      fe80::1          22    No DNS Query
`},
	} {
		got := tooltest.Printed(t, toolkit.Common{}, func(s *toolkit.Session) error {
			p := &printer{options: &test.o, s: s, find: find}
			if err := p.heading(); err != nil {
				return err
			}
			if err := p.connection(&curl); err != nil {
				return err
			}
			return p.connection(&ssh)
		})
		if got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func TestJSON(t *testing.T) {
	ev := event{Time: 1, Ends: endsOf("[::1]:9", "[::1]:80"), PID: 7, UID: 8, Comm: comm("nc")}
	got := tooltest.Printed(t, toolkit.Common{JSON: true}, func(s *toolkit.Session) error {
		p := &printer{options: &options{}, s: s, find: func(netip.Addr, time.Time) (string, time.Duration, error) {
			return "localhost", 1500 * time.Millisecond, nil
		}}
		if err := p.heading(); err != nil {
			return err
		}
		return p.connection(&ev)
	})
	_, rest, _ := strings.Cut(got, ",")
	want := `"pid":7,"uid":8,"comm":"nc","ip":6,"saddr":"::1","lport":9,"daddr":"::1","dport":80,"query":"localhost","query_age":1.5}` + "\n"
	if rest != want || !strings.HasPrefix(got, `{"time":"`) {
		t.Errorf("got %s", got)
	}
}

func TestCounts(t *testing.T) {
	counts := map[inet.Ends]uint64{
		endsOf("10.0.0.2:0", "192.0.2.7:80"): 2, endsOf("10.0.0.2:0", "192.0.2.7:443"): 70, endsOf("[::1]:0", "[::1]:22"): 2,
	}
	want := `
LADDR                     RADDR                     RPORT                CONNECTS
10.0.0.2                  192.0.2.7                 443                  70
10.0.0.2                  192.0.2.7                 80                   2
::1                       ::1                       22                   2
`
	count := func(s *toolkit.Session) error { return printCounts(s, counts) }
	if got := tooltest.Printed(t, toolkit.Common{}, count); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := tooltest.Printed(t, toolkit.Common{JSON: true}, count); !strings.HasPrefix(got, `{"saddr":"10.0.0.2","daddr":"192.0.2.7","dport":443,"connects":70}`+"\n") {
		t.Errorf("got %s", got)
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-4", "-6"}, "--ipv4 and --ipv6: give one of them"},
		{[]string{"-c", "-d"}, "--count and --dns: "},
		{[]string{"-P", "80,http"}, "--port \"80,http\": want numbers"},
		{[]string{"-P", "65536"}, "--port \"65536\": want numbers"},
		{[]string{"-P", "0"}, "--port \"0\": want numbers"},
		{[]string{"-u", "no such user"}, "user \"no such user\": neither a number nor a name"},
		{[]string{"-p", "4294967295"}, "--pid 4294967295: there is no such process"},
		{[]string{"80"}, "unexpected argument \"80\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
