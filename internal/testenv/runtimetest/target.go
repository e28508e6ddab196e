// Package runtimetest has programs for tests of the tools that trace language
// runtimes: in Java, in Python, and in C with the probes of other languages. They
// do what they are told.
package runtimetest

import (
	_ "embed"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

//go:embed testdata/Target.java
var javaText []byte

//go:embed testdata/target.py
var pythonText []byte

//go:embed testdata/fake.c
var fakeText string

// Target is a program that is told by lines what to do.
type Target struct {
	*testenv.Proc
	t    testing.TB
	in   io.WriteCloser
	args []string
}

// start starts a target and waits until it can be told something.
func start(t testing.TB, cmd *exec.Cmd) *Target {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.StartCmd(t, cmd)
	t.Cleanup(func() { in.Close() })
	p.Await("(?m)^ready$", 20*time.Second)
	return &Target{p, t, in, cmd.Args}
}

// Another starts another process of the same program.
func (g *Target) Another() *Target {
	g.t.Helper()
	return start(g.t, exec.Command(g.args[0], g.args[1:]...))
}

// PIDText is the process's id as an argument.
func (g *Target) PIDText() string { return strconv.Itoa(g.Pid()) }

// Tell tells the target to do things and waits until it has.
func (g *Target) Tell(lines ...string) {
	g.t.Helper()
	for _, line := range lines {
		n := strings.Count(g.Stdout(), "did "+line)
		if _, err := io.WriteString(g.in, line+"\n"); err != nil {
			g.t.Fatalf("tell %q: %v", line, err)
		}
		for end := time.Now().Add(testenv.Timeout(20 * time.Second)); strings.Count(g.Stdout(), "did "+line) == n; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(end) {
				g.t.Fatalf("told %q, and got no answer: %q, %q", line, g.Stdout(), g.Stderr())
			}
		}
	}
}

// Result is what the Python target answered to the last line of a kind.
func (g *Target) Result(line string) int {
	g.t.Helper()
	m := regexp.MustCompile("(?m)^did "+regexp.QuoteMeta(line)+` result (\d+)$`).FindAllStringSubmatch(g.Stdout(), -1)
	if m == nil {
		g.t.Fatalf("%q was not answered: %q", line, g.Stdout())
	}
	n, err := strconv.Atoi(m[len(m)-1][1])
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}

// classes compiles the Java target once.
var classes = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "java")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "Target.java")
	if err := os.WriteFile(source, javaText, 0o600); err != nil {
		return nil, err
	}
	// Text is put together as old versions do: else Java does much at the first time.
	if out, err := exec.Command("javac", "-XDstringConcat=inline", "-d", dir, source).CombinedOutput(); err != nil {
		return nil, &compileError{err, out}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.class"))
	if err != nil {
		return nil, err
	}
	list := make(map[string][]byte)
	for _, file := range files {
		if list[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return list, nil
})

type compileError struct {
	err error
	out []byte
}

func (e *compileError) Error() string { return e.err.Error() + "\n" + string(e.out) }

// NeedJava wants a JDK.
func NeedJava(t testing.TB) {
	t.Helper()
	testenv.NeedProgram(t, "java")
	testenv.NeedProgram(t, "javac")
}

// Java starts the target in Java with flags of java.
func Java(t testing.TB, flags ...string) *Target {
	t.Helper()
	NeedJava(t)
	files, err := classes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, exec.Command("java", append(flags, "-XX:-UsePerfData", "-cp", dir, "Target")...))
}

// Python is the interpreter of Debian, which has probes; others in PATH may have
// none.
const Python = "/usr/bin/python3.11"

// StartPython starts the target in Python; if it is profiled, the interpreter
// tells of calls, too, and else only of returns. It returns the file's path.
func StartPython(t testing.TB, args ...string) (*Target, string) {
	t.Helper()
	testenv.NeedProgram(t, Python)
	path := filepath.Join(t.TempDir(), "target.py")
	if err := os.WriteFile(path, pythonText, 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, exec.Command(Python, append([]string{path}, args...)...)), path
}

// Fake starts a program with the probes of a language; one of C has none. The
// program is called name.
func Fake(t testing.TB, language, name string, flags ...string) *Target {
	t.Helper()
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	path := filepath.Join(t.TempDir(), name)
	args := append([]string{"-O1", "-pthread", "-x", "c", "-D" + strings.ToUpper(language), "-o", path, "-"}, flags...)
	cmd := exec.Command("gcc", args...)
	cmd.Stdin = strings.NewReader(fakeText)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return start(t, exec.Command(path))
}
