package main

import (
	"regexp"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(name string) (c bccgo.Comm) {
	copy(c[:], name)
	return c
}

// printed is what events become.
func printed(t *testing.T, o *options, asJSON bool, events ...event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s, disks: blocktest.FakeDisks(t)}
		return tooltest.Feed(events, p.heading, p.print, func() error { return nil })
	})
}

const second = 1e9

var (
	read   = event{Time: 10 * second, Begin: 10*second - 2345678, Made: 10*second - 3345678, Disk: 8 << 20, Sector: 123456, Bytes: 4096, PID: 185, Op: 'R', Comm: comm("dd")}
	large  = event{Time: 11.5 * second, Begin: 11 * second, Made: 11 * second, Disk: 104 << 20, Sector: 12345678901, Bytes: 1310720, PID: 4194304, Pattern: 2, Op: 'W', Comm: comm("kworker/u8:1-fl")}
	nobody = event{Time: 11.6 * second, Begin: 11.59 * second, Disk: 9<<20 | 3, Bytes: 512, Pattern: 1, Op: 'D'}
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{}, "TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  LAT(ms)\n" +
			"0.000000    dd             185     sda       R 123456     4096      2.35\n" +
			"1.500000    kworker/u8:1-f 4194304 cciss/c0d0 W 12345678901 1310720  500.00\n" +
			"1.600000    ?              0       9:3       D 0          512      10.00\n"},
		{options{pattern: true, queue: true}, "TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  P QUE(ms) LAT(ms)\n" +
			"0.000000    dd             185     sda       R 123456     4096   ?    1.00    2.35\n" +
			"1.500000    kworker/u8:1-f 4194304 cciss/c0d0 W 12345678901 1310720 R    0.00  500.00\n" +
			"1.600000    ?              0       9:3       D 0          512    S       ?   10.00\n"},
	} {
		if got := printed(t, &test.o, false, read, large, nobody); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestJSON(t *testing.T) {
	got := printed(t, &options{queue: true, pattern: true}, true, read, nobody)
	got = regexp.MustCompile(`"time":"[^"]+Z?"`).ReplaceAllString(got, `"time":""`)
	want := `{"time":"","pid":185,"comm":"dd","disk":"sda","type":"R","sector":123456,"bytes":4096,"pattern":"?","queued_ns":1000000,"latency_ns":2345678}
{"time":"","pid":0,"comm":"?","disk":"9:3","type":"D","sector":0,"bytes":512,"pattern":"S","latency_ns":10000000}
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--disk no such disk: no such disk":               {"-d", "no such disk"},
		`--probes "foo": want tracepoint, kprobe or auto`: {"--probes", "foo"},
		`unexpected argument "1"`:                         {"1"},
		"flag provided but not defined":                   {"--no-such"},
		"--duration -1: cannot be less than 0":            {"--duration", "-1"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
