package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestHitsAndMisses(t *testing.T) {
	for _, test := range []struct {
		name         string
		c            counted
		reads        bool
		hits, misses uint64
		ratio        float64
	}{
		{"nothing", counted{}, false, 0, 0, 0},
		{"all hit", counted{accessed: 10}, false, 10, 0, 1},
		{"all missed", counted{accessed: 10, added: 10}, false, 0, 10, 0},
		{"half", counted{accessed: 20, added: 10}, true, 10, 10, 0.5},
		{"more read ahead than wanted", counted{accessed: 10, added: 32}, false, 0, 10, 0},
		{"written", counted{added: 10, dirtied: 10, buffers: 7}, false, 0, 0, 0},
		{"written to what was there", counted{accessed: 4, added: 1, dirtied: 10}, false, 4, 0, 1},
		{"buffers", counted{accessed: 15, added: 2, buffers: 5}, false, 8, 2, 0.8},
		{"buffers beside reads", counted{accessed: 15, added: 3, buffers: 5}, true, 12, 3, 0.8},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRecord(test.c, memory{buffers: 1, cached: 2}, test.reads)
			if r.Hits != test.hits || r.Misses != test.misses || r.HitRatio != test.ratio || r.Dirties != test.c.buffers || r.Buffers != 1 || r.Cached != 2 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func printed(t *testing.T, timestamp, asJSON bool) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{s: s, timestamp: timestamp}
		if err := p.heading(); err != nil {
			return err
		}
		r := newRecord(counted{accessed: 30, added: 10, dirtied: 0, buffers: 0}, memory{buffers: 1536, cached: 1 << 20}, false)
		r.Time, r.Seconds = time.Date(2026, 11, 23, 5, 0, 1, 0, time.UTC), 1.5
		return p.print(r)
	})
}

func TestPrint(t *testing.T) {
	want := "    HITS   MISSES  DIRTIES HITRATIO   BUFFERS_MB  CACHED_MB\n" +
		"      20       10        0   66.67%            2       1024\n"
	if got := printed(t, false, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = "TIME         HITS   MISSES  DIRTIES HITRATIO   BUFFERS_MB  CACHED_MB\n" +
		"05:00:01       20       10        0   66.67%            2       1024\n"
	if got := printed(t, true, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = `{"time":"2026-11-23T05:00:01Z","seconds":1.5,"hits":20,"misses":10,"dirties":0,"hit_ratio":0.6666666666666666,` +
		`"buffers_kib":1536,"cached_kib":1048576,"accessed":30,"added":10,"dirtied":0}` + "\n"
	if got := printed(t, false, true); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestReadMemory(t *testing.T) {
	const good = "MemTotal:       8142816 kB\nBuffers:           45376 kB\nCached:          1923728 kB\nSwapCached:            7 kB\n"
	if m, err := readMemory([]byte(good)); err != nil || m != (memory{45376, 1923728}) {
		t.Errorf("got %+v, %v", m, err)
	}
	for text, want := range map[string]string{
		"":                          "lacks Buffers or Cached",
		"Buffers: 1 kB\n":           "lacks Buffers or Cached",
		"Buffers: x kB\nCached: 1":  "Buffers: strconv",
		"Buffers:\nCached: 1 kB\n":  "Buffers: strconv",
		"Buffers: 1\nCached: -1 kB": "Cached: strconv",
	} {
		if m, err := readMemory([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want %q", text, m, err, want)
		}
	}
}

func TestPlan(t *testing.T) {
	for _, test := range []struct {
		way, dirtied, kprobe string
		defines              []string
		reads                bool
	}{
		{fentryFolio, "tracepoint:writeback:writeback_dirty_folio", "", []string{"FENTRY_FOLIO"}, false},
		{fentryPage, "tracepoint:writeback:writeback_dirty_page", "", []string{"FENTRY_PAGE"}, false},
		{kprobeFolio, "tracepoint:writeback:writeback_dirty_folio", "folio_mark_accessed", nil, false},
		{kprobePage, "tracepoint:writeback:writeback_dirty_page", "mark_page_accessed", nil, false},
		{byReads, "tracepoint:writeback:writeback_dirty_folio", "", []string{"NR_PAGES"}, true},
	} {
		p := planOf(test.way, test.dirtied, "_nr_pages")
		if p.kprobe != test.kprobe || p.reads != test.reads || len(p.defines) != len(test.defines) || strings.Contains(p.text, "mm_filemap_get_pages") != test.reads ||
			!strings.Contains(p.text, "PROBE("+map[bool]string{false: "writeback, "}[test.reads]+test.dirtied[len("tracepoint:writeback:"):]+")") {
			t.Errorf("%s: %+v", test.way, p)
		}
		for _, name := range test.defines {
			if _, ok := p.defines[name]; !ok {
				t.Errorf("%s: no %s in %v", test.way, name, p.defines)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process":         {"-p", "4194305"},
		`interval "0": want a number of seconds above 0`:  {"0"},
		`interval "-1": want a number of seconds above 0`: {"--", "-1"},
		`count "0": want a whole number above 0`:          {"1", "0"},
		`unexpected argument "3"`:                         {"1", "2", "3"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
