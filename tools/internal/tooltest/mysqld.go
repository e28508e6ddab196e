package tooltest

import (
	_ "embed"
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

//go:embed testdata/mysqld.cc
var mysqldSource string

// Mysqld is a program that looks like a MySQL server to a tracer; see
// testdata/mysqld.cc.
type Mysqld struct {
	*testenv.Proc
	// Exe is its file, which no other process runs.
	Exe   string
	t     testing.TB
	input io.WriteCloser
}

// MadeQuery is a query that a server executed.
type MadeQuery struct {
	TID        uint32
	Begin, End uint64 // CLOCK_MONOTONIC
	Text       string
}

// BuildMysqld compiles the server. flags may define PROBES and DATA.
func BuildMysqld(t testing.TB, flags ...string) string {
	t.Helper()
	testenv.NeedProgram(t, "g++")
	exe := filepath.Join(t.TempDir(), "mysqld")
	cmd := exec.Command("g++", append(flags, "-O1", "-x", "c++", "-o", exe, "-", "-pthread")...)
	cmd.Stdin = strings.NewReader(mysqldSource)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// StartMysqld compiles and starts the server.
func StartMysqld(t testing.TB, flags ...string) *Mysqld {
	t.Helper()
	exe := BuildMysqld(t, flags...)
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &Mysqld{p, exe, t, w}
}

// Ask has the server do things, and waits until it has.
func (m *Mysqld) Ask(lines ...string) {
	m.t.Helper()
	done := func() int { return strings.Count(m.Stdout(), "done\n") }
	n := done() + len(lines)
	if _, err := io.WriteString(m.input, strings.Join(lines, "\n")+"\n"); err != nil {
		m.t.Fatal(err)
	}
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); done() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatalf("%q are not done: %q, %q", lines, m.Stdout(), m.Stderr())
		}
	}
}

var madeQuery = regexp.MustCompile(`(?m)^query (\d+ \d+ \d+) (.*)$`)

// Made are the queries so far, in the order of their ends.
func (m *Mysqld) Made() []MadeQuery {
	m.t.Helper()
	var all []MadeQuery
	for _, f := range madeQuery.FindAllStringSubmatch(m.Stdout(), -1) {
		q := MadeQuery{Text: f[2]}
		if _, err := fmt.Sscan(f[1], &q.TID, &q.Begin, &q.End); err != nil {
			m.t.Fatal(err)
		}
		all = append(all, q)
	}
	return all
}
