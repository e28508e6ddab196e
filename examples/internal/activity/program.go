package activity

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program is a running C program of the test's own, which does one thing for
// each line it is told and then answers with a line. It ends at the end of its
// input, and so with the test at the latest.
type Program struct {
	// Path is its file, named "target".
	Path string

	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// StartC compiles a C program with gcc and starts it. Without optimization, all
// functions stay and have a frame that stacks show.
func StartC(t testing.TB, text string) *Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "target")
	compile := exec.Command("gcc", "-x", "c", "-O0", "-fno-omit-frame-pointer", "-fno-builtin", "-Wl,--build-id", "-o", path, "-")
	compile.Stdin = strings.NewReader(text)
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", compile, err, out)
	}
	p := &Program{Path: path, t: t, cmd: exec.Command(path)}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	t.Cleanup(p.End)
	return p
}

// Pid returns its process id.
func (p *Program) Pid() int { return p.cmd.Process.Pid }

// Tell sends a line and returns the answer.
func (p *Program) Tell(line string) string {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatalf("tell process %d %q: %v", p.Pid(), line, err)
	}
	answer, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("process %d answers %q to %q: %v", p.Pid(), answer, line, err)
	}
	return strings.TrimSuffix(answer, "\n")
}

// End lets the process come to its end. Ending again does nothing.
func (p *Program) End() {
	p.t.Helper()
	if p.cmd.ProcessState != nil {
		return
	}
	p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("process %d: %v", p.Pid(), err)
	}
}
