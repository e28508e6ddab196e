package main

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func userOf(pid uint32, comm, local, remote string) user {
	u := user{Ends: inet.EndsOf(netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)), PID: pid}
	copy((*[len(bccgo.Comm{})]byte)(&u.Comm)[:], comm)
	return u
}

var seen = map[user]moved{
	userOf(7, "curl", "10.9.0.1:40001", "10.9.0.2:443"):           {Received: 5<<20 + 1023, Sent: 2047},
	userOf(8, "a\nlong name", "10.9.0.1:22", "10.9.0.3:50000"):    {Sent: 6 << 20},
	userOf(9, "named", "[fd09::1]:40001", "[2001:db8::1:443]:53"): {Received: 1023},
}

func TestTables(t *testing.T) {
	got := tables(seen, time.Time{})
	want := [][]string{
		{
			"PID     COMM         LADDR                 RADDR                  RX_KB  TX_KB",
			`8       a\nlong name 10.9.0.1:22           10.9.0.3:50000             0   6144`,
			"7       curl         10.9.0.1:40001        10.9.0.2:443            5120      1",
		}, {
			"PID     COMM         LADDR6                           RADDR6                            RX_KB  TX_KB",
			"9       named        fd09::1:40001                    2001:db8::1:443:53                    0      0",
		},
	}
	for i, table := range got {
		lines := []string{table.Heading}
		for _, r := range table.Rows {
			lines = append(lines, r.Text)
		}
		if g, w := strings.Join(lines, "\n"), strings.Join(want[i], "\n"); g != w || !table.Optional {
			t.Errorf("got\n%s\nwant\n%s", g, w)
		}
	}
	line, err := json.Marshal(got[0].Rows[1].JSON)
	if err != nil {
		t.Fatal(err)
	}
	const object = `{"time":"0001-01-01T00:00:00Z","pid":7,"comm":"curl","ip":4,"laddr":"10.9.0.1","lport":40001,"raddr":"10.9.0.2","rport":443,"rx":5243903,"tx":2047}`
	if string(line) != object {
		t.Errorf("got %s", line)
	}
}

func TestRefusedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-4 -6":                    "--ipv4 and --ipv6: give one of them",
		"0":                        `interval "0": want a number of seconds above 0`,
		"1 0":                      `count "0": want a whole number above 0`,
		"1 2 3":                    `unexpected argument "3"`,
		"-p x":                     "invalid value",
		"-p 8388608":               "--pid 8388608: there is no such process",
		"--probes magic":           `--probes "magic": want tracepoint, kprobe or auto`,
		"--cgroupmap /no/such/map": "find the pinned map: ",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}
