package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveCacheCommands stores two programs, damages one, and looks after them.
func TestLiveCacheCommands(t *testing.T) {
	testenv.Live(t)
	if testenv.Current() == testenv.StageVM {
		t.Skip("the cache does the same on every kernel, and headers are slow to compare in the machine")
	}
	testenv.NeedHeaders(t)
	tool := testenv.Tool(t, "bccgo")
	dir := filepath.Join(t.TempDir(), "cache")
	t.Setenv("BCCGO_CACHE", dir)
	run := func(exit int, args ...string) testenv.Result {
		t.Helper()
		r := testenv.Run(t, time.Minute, append([]string{tool}, args...)...)
		if r.ExitCode != exit {
			t.Errorf("%v: %v", args, r)
		}
		return r
	}
	if r := run(0, "cache", "list"); r.Stdout != "" || !strings.Contains(r.Stderr, "nothing is kept yet") {
		t.Errorf("before the first program: %v", r)
	}
	for _, name := range []string{"one", "two"} {
		path := filepath.Join(t.TempDir(), name+".c")
		if err := os.WriteFile(path, []byte("BPF_HASH("+name+");\nint f_"+name+"(void *ctx)\n{\n\treturn 0;\n}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		run(0, "compile", "-o", path+".bundle", path)
	}
	var keys []string
	for line := range strings.Lines(run(0, "cache", "list", "--json").Stdout) {
		var p struct {
			Key, State, Source string
			Tables             []string
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil || p.State != "good" || len(p.Tables) != 1 ||
			!strings.HasSuffix(p.Source, "/"+p.Tables[0]+".c") {
			t.Errorf("listed %s as %+v, %v", line, p, err)
		}
		keys = append(keys, p.Key)
	}
	if len(keys) != 2 {
		t.Fatalf("%d programs are kept", len(keys))
	}
	run(0, "cache", "verify")
	if err := os.Truncate(filepath.Join(dir, keys[0]), 100); err != nil {
		t.Fatal(err)
	}
	if r := run(2, "cache", "verify"); !strings.Contains(r.Stdout, keys[0]) || !strings.Contains(r.Stdout, "1 of 2 entries are good") {
		t.Errorf("a damaged entry: %v", r)
	}
	if r := run(0, "cache", "info", keys[1][:8]); !strings.Contains(r.Stdout, "good") {
		t.Errorf("info: %v", r)
	}
	run(0, "cache", "verify", "--remove")
	if r := run(0, "cache", "info"); !strings.Contains(r.Stdout, dir+": 1 programs") {
		t.Errorf("after removing the damaged one: %v", r)
	}
	if r := run(0, "cache", "clear"); !strings.Contains(r.Stdout, "removed 1 programs") {
		t.Errorf("clear: %v", r)
	}
	if r := run(2, "cache", "lost"); !strings.Contains(r.Stderr, "cache lost") {
		t.Errorf("an unknown command: %v", r)
	}
}

// TestLiveCacheWarning compiles with a cache that others can write to.
func TestLiveCacheWarning(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "f.c")
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(file, []byte("int f(void *ctx)\n{\n\treturn 0;\n}\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BCCGO_CACHE", dir)
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "bccgo"), "compile", "-o", file+".bundle", file)
	if r.ExitCode != 0 || !strings.Contains(r.Stderr, "the cache is not used") || !strings.Contains(r.Stderr, dir) {
		t.Errorf("got %v", r)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
