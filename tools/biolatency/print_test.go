package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

// counts makes the counts of a group from pairs of slot and count.
func counts(pairs ...uint64) []uint64 {
	out := make([]uint64, slots)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func TestFlagsText(t *testing.T) {
	for group, want := range map[uint64]string{
		1 << 32: "Read", 1<<33 | 1<<11: "Sync-Write", 1<<33 | 1<<11 | 1<<12 | 1<<17: "ForcedUnitAccess-Metadata-Sync-Write",
		1<<32 | 1<<12 | 1<<13: "Priority-Metadata-Read", 1<<32 | 1<<14: "NoMerge-Read", 1<<33 | 1<<15 | 1<<11: "Idle-Sync-Write",
		1<<32 | 1<<19: "ReadAhead-Read", 1<<33 | 1<<20: "Background-Write", 1<<32 | 1<<21: "NoWait-Read",
		1 << 34: "Flush", 1 << 35: "Discard", 1 << 36: "SecureErase", 1 << 37: "WriteZeroes", 0: "Unknown",
	} {
		if got := flagsText(group); got != want {
			t.Errorf("%#x: got %s, want %s", group, got, want)
		}
	}
}

func TestLettersText(t *testing.T) {
	for letters, want := range map[string]string{
		"R": "Read", "WS": "Sync-Write", "FWFSM": "ForcedUnitAccess-Metadata-Sync-Write", "RA": "ReadAhead-Read",
		"F": "Flush", "FS": "Sync-Flush", "D": "Discard", "DE": "SecureErase", "DES": "Sync-SecureErase", "ZA": "ReadAhead-Unknown", "": "Unknown",
	} {
		if got := lettersText(pack(letters)); got != want {
			t.Errorf("%s: got %s, want %s", letters, got, want)
		}
	}
}

const table = `
     usecs               : count     distribution
         0 -> 1          : 0        |                                        |
         2 -> 3          : 3        |****************************************|
         4 -> 7          : 1        |*************                           |
`

func TestReportText(t *testing.T) {
	now := time.Date(2026, 1, 2, 6, 20, 16, 0, time.UTC)
	for _, test := range []struct {
		name   string
		o      options
		groups map[uint64][]uint64
		want   string
	}{
		{"plain", options{}, map[uint64][]uint64{0: counts(2, 3, 3, 1)}, table},
		{"nothing", options{extension: true, report: hist.Report{Timestamp: true}}, nil, "\n06:20:16\n"},
		{"extension", options{extension: true, report: hist.Report{Timestamp: true}}, map[uint64][]uint64{0: counts(2, 3, 3, 1)},
			"\n06:20:16" + table + "\navg = 3 usecs, total: 12 usecs, count: 4\n"},
		{"milliseconds", options{milliseconds: true}, map[uint64][]uint64{0: counts(2, 3, 3, 1)}, strings.ReplaceAll(table, "usecs", "msecs")},
		{"disks", options{disks: true}, map[uint64][]uint64{8 << 20: counts(2, 3, 3, 1), 104 << 20: counts(2, 3, 3, 1)},
			"\n\ndisk = cciss/c0d0" + table + "\ndisk = sda" + table},
		{"flags", options{byFlags: true}, map[uint64][]uint64{1 << 32: counts(2, 2, 3, 1), 1<<32 | 1<<8: counts(2, 1), 1 << 33: counts(2, 3, 3, 1)},
			"\n\nflags = Read" + table + "\nflags = Write" + table},
	} {
		var sum total
		if test.groups != nil {
			sum = total{Ns: 12999, Count: 4}
		}
		if got := reported(t, &test.o, false, test.groups, sum, now); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// reported is what a tool with these options prints.
func reported(t *testing.T, o *options, asJSON bool, groups map[uint64][]uint64, sum total, now time.Time) string {
	t.Helper()
	var buf bytes.Buffer
	out := toolkit.NewOutput(&buf)
	p := &printer{options: o, disks: blocktest.FakeDisks(t), sum: sum}
	s := &toolkit.Session{Common: toolkit.Common{JSON: asJSON}, Out: out}
	if err := p.print(s, now, p.histograms(groups)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestReportJSON(t *testing.T) {
	got := reported(t, &options{disks: true, extension: true, milliseconds: true}, true,
		map[uint64][]uint64{8 << 20: counts(2, 3)}, total{Ns: 7e6, Count: 3}, time.Date(2026, 1, 2, 6, 20, 16, 0, time.UTC))
	first, second, _ := strings.Cut(got, "\n")
	var hist map[string]any
	if err := json.Unmarshal([]byte(first), &hist); err != nil {
		t.Fatal(err)
	}
	if hist["disk"] != "sda" || hist["val_type"] != "msecs" || len(hist["data"].([]any)) != 2 {
		t.Errorf("got %s", first)
	}
	if want := `{"ts":"2026-01-02 06:20:16","val_type":"msecs","avg":2,"total":7,"count":3}` + "\n"; second != want {
		t.Errorf("got %s", second)
	}
}

// Each report has what came since the last one.
func TestCounterDifferences(t *testing.T) {
	c := &counter{seen: make(map[key]uint64)}
	for _, step := range []struct{ n, want uint64 }{{3, 3}, {5, 2}, {5, 0}, {6, 1}} {
		groups := make(map[uint64][]uint64)
		c.add(groups, key{8, 4}, step.n)
		if got := groups[8]; step.want == 0 && got != nil || step.want != 0 && got[4] != step.want {
			t.Errorf("at %d: got %v", step.n, groups)
		}
		if got := c.sum([]total{{10 * step.n, step.n}, {}}); got != (total{10 * step.want, step.want}) {
			t.Errorf("at %d: got %v", step.n, got)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-D", "-F"}, "--disks and --flags: give one of them"},
		{[]string{"-d", "no such disk"}, "--disk no such disk: no such disk"},
		{[]string{"0"}, "interval \"0\": want a number of seconds above 0"},
		{[]string{"NaN"}, "interval \"NaN\": want a number"},
		{[]string{"x", "-m"}, "interval \"x\": want a number"},
		{[]string{"1", "0"}, "count \"0\": want a whole number above 0"},
		{[]string{"1", "1.5"}, "count \"1.5\": want a whole number above 0"},
		{[]string{"1", "2", "3"}, "unexpected argument \"3\""},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
