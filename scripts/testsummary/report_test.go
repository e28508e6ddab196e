package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	stages := []*stage{
		feed(t, "unit",
			"p A output     a_test.go:3: live only", "p A skip",
			"p B output     b_test.go:4: live only", "p B skip",
			"p C output     c_test.go:9: got 1, want 2", "p C fail",
			"p D pass", "p - fail"),
		feed(t, "live",
			"p A output     a_test.go:3: no kprobes", "p A skip",
			"p D pass", "p - pass"),
	}
	var out strings.Builder
	if report(&out, verdicts(stages, nil)) {
		t.Error("a failed test was reported as all well")
	}
	want := `FAIL p C (unit)
        c_test.go:9: got 1, want 2
SKIP live only (1)
    p B
SKIP no kprobes (1)
    p A
1 passed, 1 failed, 2 skipped
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}
