package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func ends(from, to string) inet.Ends {
	return inet.EndsOf(netip.MustParseAddrPort(from), netip.MustParseAddrPort(to))
}

var events = []event{
	{Time: 5e9, Stack: 7, Ends: ends("10.9.0.1:40002", "10.9.0.2:443"), Reason: 30, State: 1, Flags: 0x18},
	{Time: 6e9, Ends: ends("[fd09::1]:40003", "[fd09::2]:22"), PID: 4711, Reason: 65537, Flags: 2},
	{Time: 7e9, Ends: ends("10.9.0.1:40002", "10.9.0.2:443"), PID: 4711, State: 4},
}

func print(t *testing.T, common toolkit.Common) string {
	t.Helper()
	frames := func(key uint64, pid int) ([]bccgo.Frame, error) {
		if key == 0 {
			return nil, nil
		}
		return []bccgo.Frame{{Addr: 1, Symbol: bccgo.Symbol{Name: "tcp_v4_rcv", Offset: 16}}, {Addr: 2, Symbol: bccgo.Symbol{Name: "ip_rcv"}}}, nil
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := &printer{s: s, reasons: reasons{30: "TCP_OLD_DATA"}, frames: frames}
		return tooltest.Feed(events, p.heading, p.packet, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	const want = `TIME     PID     IP SADDR:SPORT          > DADDR:DPORT          STATE (FLAGS) REASON (CODE)
HH:MM:SS 0       4  10.9.0.1:40002       > 10.9.0.2:443         ESTABLISHED (PSH|ACK) TCP_OLD_DATA (30)
	tcp_v4_rcv+0x10
	ip_rcv+0x0

HH:MM:SS 4711    6  fd09::1:40003        > fd09::2:22           - (SYN) UNKNOWN (65537)

HH:MM:SS 4711    4  10.9.0.1:40002       > 10.9.0.2:443         FIN_WAIT1 () - (0)

`
	got := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d`).ReplaceAllString(print(t, toolkit.Common{}), "HH:MM:SS")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	want := []string{
		`"pid":0,"ip":4,"saddr":"10.9.0.1","sport":40002,"daddr":"10.9.0.2","dport":443,"state":"ESTABLISHED","flags":"PSH|ACK","reason":"TCP_OLD_DATA","code":30,"stack":["tcp_v4_rcv+0x10","ip_rcv+0x0"]}`,
		`"pid":4711,"ip":6,"saddr":"fd09::1","sport":40003,"daddr":"fd09::2","dport":22,"flags":"SYN","reason":"UNKNOWN","code":65537,"stack":[]}`,
		`"pid":4711,"ip":4,"saddr":"10.9.0.1","sport":40002,"daddr":"10.9.0.2","dport":443,"state":"FIN_WAIT1","flags":"","stack":[]}`,
	}
	lines := strings.Split(strings.TrimSpace(print(t, toolkit.Common{JSON: true})), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %q", lines)
	}
	for i, line := range lines {
		if _, rest, _ := strings.Cut(line, ","); rest != want[i] {
			t.Errorf("got %s\nwant %s", rest, want[i])
		}
	}
}

const format = `name: kfree_skb
format:
	field:enum skb_drop_reason reason;	offset:28;	size:4;	signed:0;

print fmt: "protocol=%u reason: %s", REC->protocol, __print_symbolic(REC->reason, { 1, "NOT_SPECIFIED" }, { 0x2, "NO_SOCKET" }, { 99999999999, "NO" })
`

func TestReasons(t *testing.T) {
	root := t.TempDir()
	if _, err := readReasons(root); err == nil || !strings.Contains(err.Error(), "read the reasons for drops: open ") {
		t.Error(err)
	}
	dir := filepath.Join(root, "sys/kernel/debug/tracing/events/skb/kfree_skb")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "format"), []byte(format), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readReasons(root)
	if err != nil || len(r) != 2 || r.name(2) != "NO_SOCKET" || r.name(3) != "UNKNOWN" || r.name(0) != "-" {
		t.Errorf("got %v, %v", r, err)
	}
	if n, err := r.number("NOT_SPECIFIED"); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := r.number("TCP_CSUM"); err == nil {
		t.Error("a reason is found that is not there")
	}
}

func FuzzReasons(f *testing.F) {
	f.Add(format)
	f.Fuzz(func(t *testing.T, text string) {
		for number, name := range parseReasons(text) {
			if name == "" || !strings.Contains(text, name) {
				t.Errorf("%d is %q", number, name)
			}
		}
	})
}

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-4 -6":                      "--ipv4 and --ipv6: give one of them",
		"--netns-id 1 --pid-netns 1": "--netns-id and --pid-netns: give one of them",
		"--pid-netns 8388608":        "there is no such process",
		"-d -1":                      "--duration -1: cannot be less than 0",
		"10":                         `unexpected argument "10"`,
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
