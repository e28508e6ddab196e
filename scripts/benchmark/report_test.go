package main

import (
	"os"
	"path/filepath"
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
