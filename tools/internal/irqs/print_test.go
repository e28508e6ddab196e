package irqs

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

type number struct{ N uint64 }

var measured = map[key[number]]sum{
	{number{0}, 0}: {12999, 3}, {number{1}, 0}: {5000000, 2}, {number{2}, 0}: {12000, 9},
}

func testPrinter(o Options, s *toolkit.Session) *printer[number] {
	kind := &Kind[number]{Word: "hardirq", Width: 10, Name: func(n number) string { return []string{"eth0", "sda", "clock"}[n.N] }}
	return &printer[number]{Options: &o, kind: kind, s: s}
}

// Totals are sorted by what is shown, the least first.
func TestTotals(t *testing.T) {
	stamped := Options{nanoseconds: true}
	stamped.report.Timestamp = true
	now := time.Date(2026, 11, 23, 5, 20, 0, 0, time.UTC)
	for _, test := range []struct {
		o    Options
		json bool
		want string
	}{
		{Options{}, false, "\nHARDIRQ    TOTAL_usecs\nclock               12\neth0                12\nsda               5000\n"},
		{stamped, false, "\n05:20:00\nHARDIRQ    TOTAL_nsecs\nclock            12000\neth0             12999\nsda            5000000\n"},
		{Options{count: true}, false, "\nHARDIRQ    TOTAL_count\nsda                  2\neth0                 3\nclock                9\n"},
		{Options{count: true}, true, `{"count":2,"hardirq":"sda","time":"2026-11-23T05:20:00Z","total_ns":5000000}
{"count":3,"hardirq":"eth0","time":"2026-11-23T05:20:00Z","total_ns":12999}
{"count":9,"hardirq":"clock","time":"2026-11-23T05:20:00Z","total_ns":12000}
`},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := testPrinter(test.o, s)
			return p.totals(now, p.rows(measured))
		})
		if got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestHistograms(t *testing.T) {
	p := testPrinter(Options{dist: true, nanoseconds: true}, nil)
	h := p.histograms(map[key[number]]sum{{number{0}, 4}: {1, 3}, {number{0}, 6}: {1, 1}, {number{1}, 2}: {1, 7}})
	if h.Label != "nsecs" || h.Header != "hardirq" || len(h.Sections) != 2 {
		t.Fatalf("got %+v", h)
	}
	eth0, sda := h.Sections[0], h.Sections[1]
	if eth0.Key != "eth0" || eth0.Counts[4] != 3 || eth0.Counts[6] != 1 || sda.Key != "sda" || sda.Counts[2] != 7 {
		t.Errorf("got %+v", h)
	}
}
