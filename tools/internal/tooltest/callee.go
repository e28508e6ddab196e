package tooltest

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

//go:embed testdata/callee.c
var calleeC []byte

// Process is what testenv.StartCmd returns.
type Process interface {
	Pid() int
	Await(pattern string, timeout time.Duration) string
}

// Callee is a process that calls functions as it is told; see
// testdata/callee.c.
type Callee struct {
	Process
	t     *testing.T
	input io.WriteCloser
	lines int
}

// BuildCallee compiles the program, which takes gcc and sys/sdt.h, with frame
// pointers, by which stacks are followed, and returns its path.
func BuildCallee(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, path := filepath.Join(dir, "callee.c"), filepath.Join(dir, "callee")
	if err := os.WriteFile(source, calleeC, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O2", "-fno-omit-frame-pointer", "-o", path, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// StartCallee starts the program by testenv.StartCmd.
func StartCallee[P Process](t *testing.T, path string, start func(testing.TB, *exec.Cmd) P) *Callee {
	t.Helper()
	// Both ends are files, so that nothing runs on when the test has ended.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Stdin = r
	p := start(t, cmd)
	r.Close()
	t.Cleanup(func() { w.Close() })
	p.Await("(?m)^ready$", time.Minute)
	return &Callee{Process: p, t: t, input: w}
}

// Many are calls of callee's functions many_*, if it calls many so many times: of
// those whose names have the ending. All do, unless the kernel takes a probe for
// each function, of which so many take long to be removed.
func Many(times int) (ending string, calls map[string]uint64) {
	if bccgo.SupportUprobeMulti() != nil {
		ending = "0"
	}
	calls = make(map[string]uint64)
	for n := range 0x120 {
		if name := fmt.Sprintf("many_%02x", n); strings.HasSuffix(name, ending) {
			calls[name] = uint64(times * (n%5 + 1))
		}
	}
	return ending, calls
}

// Begin tells the process to call a function so many times.
func (c *Callee) Begin(name string, times int) {
	c.t.Helper()
	c.lines++
	if _, err := fmt.Fprintf(c.input, "%s %d\n", name, times); err != nil {
		c.t.Fatal(err)
	}
}

// Call is Begin, and waits until the process has done it.
func (c *Callee) Call(name string, times int) {
	c.t.Helper()
	c.Begin(name, times)
	c.Await(fmt.Sprintf("(?m)^done %d$", c.lines), time.Minute)
}
