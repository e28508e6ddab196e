package runtimetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// Start starts a tool and waits until it traces. A wrapper is named as
// "javagc=ugc".
func Start(t testing.TB, tool string, args ...string) *testenv.Proc {
	t.Helper()
	name, target, wrapper := strings.Cut(tool, "=")
	if !wrapper {
		target = name
	}
	path := testenv.Tool(t, target)
	if wrapper {
		link := filepath.Join(t.TempDir(), name)
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		path = link
	}
	p := testenv.Start(t, append([]string{path, "-v"}, args...)...)
	p.Await("(?m)^"+name+": tracing$", time.Minute)
	return p
}

// Stop waits for the last events, ends a tool and checks that it missed nothing.
func Stop(t testing.TB, p *testenv.Proc) testenv.Result {
	t.Helper()
	time.Sleep(testenv.Timeout(500 * time.Millisecond))
	return StopNow(t, p)
}

// StopNow is Stop for a tool that counts, and so waits for nothing.
func StopNow(t testing.TB, p *testenv.Proc) testenv.Result {
	t.Helper()
	r := p.Stop()
	if r.ExitCode != 0 || strings.Contains(r.Stderr, ": lost") || strings.Contains(r.Stderr, "not seen") {
		t.Errorf("%v", r)
	}
	return r
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
