package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// resolver is a program that looks up what it is told to; see
// testdata/resolver.c.
type resolver struct {
	*testenv.Proc
	t     *testing.T
	input io.WriteCloser
}

// made is a call that the resolver made.
type made struct {
	function, host string
	ret            int32
	begin, end     uint64 // CLOCK_MONOTONIC
	tid            uint32
}

// buildResolver compiles the program.
func buildResolver(t *testing.T, flags ...string) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "resolver")
	cmd := exec.Command("gcc", append(flags, "-o", path, "testdata/resolver.c", "-pthread")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// startResolver starts the program; env is added to its environment.
func startResolver(t *testing.T, path string, env ...string) *resolver {
	t.Helper()
	etc := t.TempDir()
	for name, text := range map[string]string{
		"hosts": "127.0.0.1 localhost\n", "resolv.conf": "nameserver 127.0.0.1\noptions timeout:4 attempts:1\n", "nsswitch.conf": "hosts: files nest dns\n",
	} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, etc)
	cmd.Stdin, cmd.Env = r, append(os.Environ(), env...)
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &resolver{p, t, w}
}

// tell asks for a call and does not wait.
func (r *resolver) tell(call string) {
	r.t.Helper()
	if _, err := io.WriteString(r.input, call+"\n"); err != nil {
		r.t.Fatal(err)
	}
}

// ask has the resolver make calls, and waits until it has.
func (r *resolver) ask(calls ...string) {
	r.t.Helper()
	n := len(r.made())
	for _, c := range calls {
		n++
		if strings.HasPrefix(c, "both ") {
			n++
		}
		r.tell(c)
	}
	r.awaitCalls(n)
}

// awaitCalls waits until the resolver has made so many calls in all.
func (r *resolver) awaitCalls(n int) {
	r.t.Helper()
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); len(r.made()) < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("no %d calls: %q, %q", n, r.Stdout(), r.Stderr())
		}
	}
}

var madeLine = regexp.MustCompile(`(?m)^(\w+) \[(.*)\] (-?\d+) (\d+) (\d+) (\d+)$`)

// made are the calls so far, in the order of their ends.
func (r *resolver) made() []made {
	r.t.Helper()
	var out []made
	for _, f := range madeLine.FindAllStringSubmatch(r.Stdout(), -1) {
		m := made{function: f[1], host: f[2]}
		if _, err := fmt.Sscan(strings.Join(f[3:], " "), &m.ret, &m.begin, &m.end, &m.tid); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// at is the time of day of a time by CLOCK_MONOTONIC.
func at(ktime uint64) time.Time { return bccgo.KtimeToTime(ktime) }
