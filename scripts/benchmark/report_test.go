package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestSamples(t *testing.T) {
	for _, tc := range []struct {
		in   samples
		want string
	}{
		{nil, "–"},
		{samples{0.1234}, "0.123 (0.123–0.123)"},
		{samples{3, 1, 2}, "2 (1–3)"},
		{samples{1234567, 1000, 20.55, 999.5}, "1,000 (20.6–1,234,567)"},
	} {
		if got := tc.in.text(); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestTargets(t *testing.T) {
	for _, tc := range []struct {
		t    target
		want string
	}{
		{target{what: "a", value: 1.1, atMost: true, limit: 1.1, unit: " ×"}, "| a | ≤ 1.10 × | 1.10 × | PASS |\n"},
		{target{what: "a", value: 1.2, atMost: true, limit: 1.1}, "| a | ≤ 1.10 | 1.20 | MISS |\n"},
		{target{what: "b", value: 29, limit: 30}, "| b | ≥ 30 | 29 | MISS |\n"},
		{target{what: "b", value: 31, limit: 30}, "| b | ≥ 30 | 31 | PASS |\n"},
		{target{what: "none measured", value: samples(nil).median(), limit: 1}, "| none measured | ≥ 1 | NaN | MISS |\n"},
	} {
		if got := tc.t.text(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// reportsBench is a run of one round with made-up figures.
func reportsBench() *bench {
	b := &bench{results: make(map[string]map[string]samples)}
	for i, name := range []string{"tcpconnect", "tcpconnect, from the cache", "tcpconnect's text, Python BCC"} {
		b.add(name, "start ms", []float64{3000, 30, 3600}[i])
		b.add(name, "rss MiB", []float64{12, 9, 150}[i])
	}
	b.add("all programs", "total s", 52.5)
	b.add("all programs", "slowest ms", 3000)
	b.add("all programs, from the cache", "total s", 0.75)
	b.add("all programs, from the cache", "slowest ms", 120)
	b.add("all programs, from the cache", "attached", 26)
	return b
}

func TestReportPrograms(t *testing.T) {
	var out strings.Builder
	b := reportsBench()
	b.reportTools(&out)
	b.reportPrograms(&out)
	for _, want := range []string{
		"| tcpconnect | 3,000 (3,000–3,000) | 100.0 | 12 (12–12) |\n",
		"| tcpconnect, from the cache | 30 (30–30) | 1.0 | 9 (9–9) |\n",
		"| tcpconnect's text, Python BCC | 3,600 (3,600–3,600) | 120.0 | 150 (150–150) |\n",
		"\n### 40 programs, one after the other: from exec to attached\n\n26 of them attach. The other 14 are loaded",
		"| compiling, once | 52.5 (52.5–52.5) | 70.0 | 3,000 (3,000–3,000) |\n",
		"| from the cache | 0.750 (0.750–0.750) | 1.0 | 120 (120–120) |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	b.results["all programs, from the cache"]["attached"] = samples{40}
	out.Reset()
	if b.reportPrograms(&out); strings.Contains(out.String(), "kprobes") {
		t.Errorf("all attach, but\n%s", out.String())
	}
	verdicts := make(map[string]string)
	for _, target := range b.targets() {
		verdicts[target.what] = target.text()
	}
	for what, want := range map[string]string{
		"start of tcpconnect, from the cache": "| ≤ 40 ms | 30 ms | PASS |",
		"start of opensnoop, from the cache":  "| NaN ms | MISS |",
		"start of 40 programs from the cache": "| ≤ 2 s | 0.750 s | PASS |",
	} {
		if !strings.Contains(verdicts[what], want) {
			t.Errorf("%s: %q, want %s", what, verdicts[what], want)
		}
	}
}

func TestLoadAverage(t *testing.T) {
	if load, err := strconv.ParseFloat(loadAverage(), 64); err != nil || load < 0 {
		t.Errorf("%v, %v", load, err)
	}
}

func TestConsumedCheck(t *testing.T) {
	for _, tc := range []struct {
		r  consumed
		ok bool
	}{
		{consumed{Events: 10, Sum: 55}, true},
		{consumed{Events: 10, Sum: 54}, false},
		{consumed{Events: 7, Lost: 3, Sum: 20}, true},
		{consumed{Events: 7, Sum: 20}, true}, // three lost without a word
		{consumed{Events: 9, Lost: 3}, false},
		{consumed{}, false},
	} {
		if err := tc.r.check(10); (err == nil) != tc.ok {
			t.Errorf("%+v: %v", tc.r, err)
		}
	}
}

func TestReplaceResult(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("before\n" + beginMark + "\nold\n\n" + endMark + "\nafter\n")
	if err := replaceResult(page, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if want := "before\n" + beginMark + "\nnew\n\n" + endMark + "\nafter\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	put("no markers")
	if err := replaceResult(page, "new\n"); err == nil || !strings.Contains(err.Error(), "lacks") {
		t.Errorf("a page without markers gives %v", err)
	}
}
