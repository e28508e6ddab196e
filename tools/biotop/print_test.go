package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(name string) (c bccgo.Comm) {
	copy(c[:], name)
	return c
}

// Those with the most bytes come first, and of the same those with a lower PID.
func TestTable(t *testing.T) {
	now := time.Date(2026, 11, 23, 5, 20, 0, 0, time.UTC)
	tables := table(now, map[user]usage{
		{8 << 20, 185, 'R', comm("dd")}:         {3, 12288, 7.5e6},
		{8 << 20, 14, 'W', comm("kworker/0:1")}: {2, 12288, 1e6},
		{104<<20 | 3, 0, 'D', comm("")}:         {10000, 1 << 40, 3e12},
		{8 << 20, 7, 'W', comm("a\tb")}:         {1, 512, 4e3},
	}, blocktest.FakeDisks(t))
	want := []string{
		"PID     COMM             D MAJ MIN DISK       I/O  Kbytes  AVGms",
		"0                        D 104 3   104:3    10000 1073741824.0 300.00",
		"14      kworker/0:1      W 8   0   sda          2    12.0   0.50",
		"185     dd               R 8   0   sda          3    12.0   2.50",
		`7       a\tb             W 8   0   sda          1     0.5   0.00`,
	}
	got := []string{tables[0].Heading}
	for _, row := range tables[0].Rows {
		got = append(got, row.Text)
	}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %q\nwant %q", got[i], want[i])
		}
	}
	text, err := json.Marshal(tables[0].Rows[2].JSON)
	if want := `{"time":"2026-11-23T05:20:00Z","pid":185,"comm":"dd","type":"R","major":8,"minor":0,"disk":"sda","io":3,"bytes":12288,"avg_latency_ns":2500000}`; err != nil || string(text) != want {
		t.Errorf("got  %s, %v\nwant %s", text, err, want)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194304: there is no such process":       {"-p", "4194304"},
		`invalid value "x" for flag -p`:                 {"-p", "x"},
		"--maxrows 0: want a number above 0":            {"-r", "0"},
		`interval "0": want a number of seconds`:        {"0"},
		`count "0": want a whole number above 0`:        {"1", "0"},
		`--probes "foo": want tracepoint, kprobe or au`: {"--probes", "foo"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
