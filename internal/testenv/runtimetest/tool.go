package runtimetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// Needs skips a test where the tools cannot run, and in the emulated machine, where
// runtimes are slow and what they do is the same.
func Needs(t testing.TB) {
	t.Helper()
	testenv.Live(t)
	if testenv.Current() == testenv.StageVM {
		t.Skip("the same on every kernel")
	}
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
}

// Lines reads JSON lines.
func Lines[T any](t testing.TB, stdout string) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(stdout) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, one)
	}
	return out
}
