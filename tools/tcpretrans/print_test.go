package main

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func ends(local, remote string) inet.Ends {
	return inet.EndsOf(netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote))
}

var events = []event{
	{Time: 5e9, Ends: ends("10.9.0.1:40002", "10.9.0.2:443"), PID: 0, Seq: 4294967295, State: 1, Kind: 'R'},
	{Time: 6e9, Ends: ends("[fd09::1]:40003", "[fd09::3]:22"), PID: 4711, State: 2, Kind: 'L'},
}

func print(t *testing.T, o *options, common toolkit.Common) string {
	t.Helper()
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s}
		return tooltest.Feed(events, p.heading, p.packet, func() error { return nil })
	})
}

var clock = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d`)

func TestRows(t *testing.T) {
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{}, `TIME     PID     IP LADDR:LPORT          T> RADDR:RPORT          STATE
HH:MM:SS 0       4  10.9.0.1:40002       R> 10.9.0.2:443         ESTABLISHED
HH:MM:SS 4711    6  fd09::1:40003        L> fd09::3:22           SYN_SENT
`},
		{options{sequence: true}, `TIME     PID     IP LADDR:LPORT          T> RADDR:RPORT          STATE        SEQ
HH:MM:SS 0       4  10.9.0.1:40002       R> 10.9.0.2:443         ESTABLISHED  4294967295
HH:MM:SS 4711    6  fd09::1:40003        L> fd09::3:22           SYN_SENT     0
`},
	} {
		if got := clock.ReplaceAllString(print(t, &test.o, toolkit.Common{}), "HH:MM:SS"); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestJSON(t *testing.T) {
	got := print(t, &options{}, toolkit.Common{JSON: true})
	const want = `"pid":4711,"ip":6,"laddr":"fd09::1","lport":40003,"type":"L","raddr":"fd09::3","rport":22,"state":"SYN_SENT"}` + "\n"
	if !strings.HasPrefix(got, `{"time":"`) || !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
	if got := print(t, &options{sequence: true}, toolkit.Common{JSON: true}); !strings.Contains(got, `"state":"ESTABLISHED","seq":4294967295}`) {
		t.Errorf("got %s", got)
	}
}

func TestCounts(t *testing.T) {
	counts := map[inet.Ends]uint64{events[0].Ends: 70, events[1].Ends: 3, ends("10.9.0.1:40001", "10.9.0.3:80"): 2}
	for json, want := range map[bool]string{
		false: `
LADDR:LPORT               RADDR:RPORT               RETRANSMITS
[10.9.0.1]#40001     <-> [10.9.0.3]#80                 2
[10.9.0.1]#40002     <-> [10.9.0.2]#443               70
[fd09::1]#40003      <-> [fd09::3]#22                  3
`,
		true: `{"laddr":"10.9.0.1","lport":40001,"raddr":"10.9.0.3","rport":80,"retransmits":2}
{"laddr":"10.9.0.1","lport":40002,"raddr":"10.9.0.2","rport":443,"retransmits":70}
{"laddr":"fd09::1","lport":40003,"raddr":"fd09::3","rport":22,"retransmits":3}
`,
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: json}, func(s *toolkit.Session) error { return printCounts(s, counts) })
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-4 -6":                      "--ipv4 and --ipv6: give one of them",
		"--netns-id 1 --pid-netns 1": "--netns-id and --pid-netns: give one of them",
		"--pid-netns 8388608":        "there is no such process",
		"--pid-netns x":              "invalid value",
		"--netns-id -1":              "invalid value",
		"--probes magic":             `--probes "magic": want tracepoint, kprobe or auto`,
		"-d -1":                      "--duration -1: cannot be less than 0",
		"10":                         `unexpected argument "10"`,
		"--retransmits":              "flag provided but not defined",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
