package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// site is a function that allocates and the one that called it.
type site struct{ function, caller string }

// left is what is outstanding of a site.
type left struct{ count, bytes uint64 }

// build compiles a program or library of testdata.
func build(t *testing.T, compiler, output string, args ...string) string {
	t.Helper()
	testenv.NeedProgram(t, compiler)
	path := filepath.Join(t.TempDir(), output)
	args = append([]string{"-O1", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-w", "-o", path}, args...)
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func buildLeaker(t *testing.T) string {
	t.Helper()
	return build(t, "gcc", "leaker", "testdata/leaker.c", "-pthread")
}

// leaker is one that runs, to be traced by -p; see testdata/leaker.c.
type leaker struct {
	*testenv.Proc
	t     *testing.T
	input io.WriteCloser
}

func startLeaker(t *testing.T, path string, seed, operations, threads int) *leaker {
	t.Helper()
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, fmt.Sprint(seed), fmt.Sprint(operations), fmt.Sprint(threads), "wait")
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &leaker{p, t, w}
}

// run has the leaker do its work.
func (l *leaker) run() {
	l.t.Helper()
	if _, err := io.WriteString(l.input, "go\n"); err != nil {
		l.t.Fatal(err)
	}
	l.Await("(?m)^done$", time.Minute)
}

var leftLine = regexp.MustCompile(`(?m)^left (\w+) (\w+) (\d+) (\d+)$`)

// leftBy reads what a leaker says that is left.
func leftBy(t *testing.T, out string) map[site]left {
	t.Helper()
	all := map[site]left{}
	for _, f := range leftLine.FindAllStringSubmatch(out, -1) {
		var l left
		if _, err := fmt.Sscan(f[3]+" "+f[4], &l.count, &l.bytes); err != nil {
			t.Fatal(err)
		}
		all[site{f[1], f[2]}] = l
	}
	if len(all) != 18 {
		t.Fatalf("the leaker leaks at %d sites, not 18: %q", len(all), out)
	}
	return all
}

// reports reads the reports of --json, each of which has a time.
func reports(t *testing.T, out string) [][]entry {
	t.Helper()
	var all [][]entry
	for line := range strings.Lines(out) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if n := len(all); n == 0 || all[n-1][0].Time != e.Time {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], e)
	}
	return all
}

// lastReport is the last report.
func lastReport(t *testing.T, out string) []entry {
	t.Helper()
	all := reports(t, out)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// lastWhole is the last report but one: what has come of the last may not be all.
func lastWhole(t *testing.T, out string) []entry {
	t.Helper()
	all := reports(t, out[:strings.LastIndex(out, "\n")+1])
	if len(all) < 2 {
		return nil
	}
	return all[len(all)-2]
}

// inLibrary are frames of the C library and of testdata/nest.c.
var inLibrary = regexp.MustCompile(`\[(libc\.so\.6|libnest\.so)\]$`)

// found sums up a report by site, and lists what has none of its own.
func found(entries []entry) (sites map[site]left, others []entry) {
	sites = map[site]left{}
	for _, e := range entries {
		var names []string
		for _, frame := range e.Stack {
			if name, _, _ := strings.Cut(frame, "+"); !inLibrary.MatchString(frame) {
				names = append(names, name)
			}
		}
		if len(names) < 2 {
			others = append(others, e)
			continue
		}
		s := site{names[0], names[1]}
		l := sites[s]
		sites[s] = left{l.count + e.Count, l.bytes + e.Bytes}
	}
	return sites, others
}

// checkLeft compares a report with what a leaker says.
func checkLeft(t *testing.T, report []entry, want map[site]left) (others []entry) {
	t.Helper()
	got, others := found(report)
	for s, l := range want {
		if got[s] != l {
			t.Errorf("%v: got %+v, want %+v", s, got[s], l)
		}
	}
	for s, l := range got {
		if _, ok := want[s]; !ok {
			t.Errorf("%v: %+v that nobody leaked", s, l)
		}
	}
	return others
}
