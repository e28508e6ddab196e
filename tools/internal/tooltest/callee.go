package tooltest

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

//go:embed testdata/callee.c
var calleeC []byte

// Callee is a process that calls functions as it is told; see
// testdata/callee.c.
type Callee struct {
	*testenv.Proc
	t     *testing.T
	input io.WriteCloser
	lines int
}

// BuildCallee compiles the program and returns its path.
func BuildCallee(t *testing.T) string {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	dir := t.TempDir()
	source, path := filepath.Join(dir, "callee.c"), filepath.Join(dir, "callee")
	if err := os.WriteFile(source, calleeC, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O2", "-o", path, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// StartCallee starts the program.
func StartCallee(t *testing.T, path string) *Callee {
	t.Helper()
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &Callee{Proc: p, t: t, input: w}
}

// Call has the process call a function so many times, and waits until it has.
func (c *Callee) Call(name string, times int) {
	c.t.Helper()
	c.lines++
	if _, err := fmt.Fprintf(c.input, "%s %d\n", name, times); err != nil {
		c.t.Fatal(err)
	}
	c.Await(fmt.Sprintf("(?m)^done %d$", c.lines), time.Minute)
}
