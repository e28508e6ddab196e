package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// python is an interpreter with probes: Debian's. What it tells of calls and
// returns is that version's way.
const python = "/usr/bin/python3.11"

func needPython(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, python)
}

// notEmulated skips what takes long there and shows nothing more.
func notEmulated(t *testing.T) {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("the same on every kernel")
	}
}

// script is calls.py, running.
type script struct {
	*testenv.Proc
	t  *testing.T
	in io.WriteCloser
}

func startScript(t *testing.T, interpreter string) script {
	t.Helper()
	cmd := exec.Command(interpreter, "calls.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.StartCmd(t, cmd)
	p.Await("^ready$", 10*time.Second)
	return script{p, t, in}
}

// run makes the script call its functions once and end, and returns the thread
// that it had one called in.
func (s script) run(how string) (thread int) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, how+"\n"); err != nil {
		s.t.Fatal(err)
	}
	if err := s.in.Close(); err != nil {
		s.t.Fatal(err)
	}
	said := s.Await(`^done, with thread \d+$`, 10*time.Second)
	thread, err := strconv.Atoi(said[strings.LastIndex(said, " ")+1:])
	if err != nil {
		s.t.Fatal(err)
	}
	if result := s.Wait(10 * time.Second); result.ExitCode != 0 {
		s.t.Fatal(result)
	}
	return thread
}

// trace starts the program and waits until it sees calls.
func trace(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "python_calls")}, args...)...)
	p.Await("CALL OR RETURN$", time.Minute)
	return p
}

// row is a printed line.
type row struct {
	pid, tid int
	ms, call string
}

// rows takes apart the lines that are about functions of calls.py, without those
// of its beginning and end.
func rows(t *testing.T, result testenv.Result) []row {
	t.Helper()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, heading) {
		t.Errorf("%v", result)
	}
	line := regexp.MustCompile(`^\d+\.\d{6} +(\d+) +(\d+) +$`)
	var list []row
	for text := range strings.Lines(strings.TrimPrefix(result.Stdout, heading)) {
		m := line.FindStringSubmatch(text[:min(31, len(text))])
		if m == nil || len(text) < 42 {
			t.Fatalf("line %q: %v", text, result)
		}
		if !strings.Contains(text, " calls.py:") || strings.Contains(text, " <- Shop ") || strings.Contains(text, " <- <module> ") {
			continue
		}
		pid, _ := strconv.Atoi(m[1])
		tid, _ := strconv.Atoi(m[2])
		list = append(list, row{pid, tid, strings.TrimSpace(text[31:41]), strings.TrimSuffix(text[42:], "\n")})
	}
	return list
}

// profiled is what the interpreter tells of one round of calls.py in a thread
// that is profiled. A generator returns at each yield, and is called to go on.
var profiled = []string{
	"-> everything calls.py:31",
	"  -> leaf calls.py:9",
	"  <- leaf calls.py:10",
	"  -> sell calls.py:27",
	"    -> leaf calls.py:9",
	"    <- leaf calls.py:10",
	"  <- sell calls.py:28",
	"  -> slow calls.py:13",
	"  <- slow calls.py:14",
	"  -> numbers calls.py:17",
	"  <- numbers calls.py:18",
	"  -> numbers calls.py:18",
	"  <- numbers calls.py:19",
	"  -> numbers calls.py:19",
	"  <- numbers calls.py:19",
	"  -> numbers calls.py:17",
	"  <- numbers calls.py:18",
	"  -> numbers calls.py:18",
	"  <- numbers calls.py:18",
	"  -> fails calls.py:22",
	"  <- fails calls.py:23",
	"<- everything calls.py:42",
}

// alone is what it tells of the same in a thread that is not profiled. Closing a
// generator raises an exception in it, and that call is told.
var alone = []string{
	"<- leaf calls.py:10",
	"<- leaf calls.py:10",
	"<- sell calls.py:28",
	"<- slow calls.py:14",
	"<- numbers calls.py:18",
	"<- numbers calls.py:19",
	"<- numbers calls.py:19",
	"<- numbers calls.py:18",
	"-> numbers calls.py:18",
	"<- numbers calls.py:18",
	"<- fails calls.py:23",
	"<- everything calls.py:42",
}

// calls are the rows of a thread of a process.
func calls(list []row, pid, tid int) (calls []string) {
	for _, r := range list {
		if r.pid == pid && r.tid == tid {
			calls = append(calls, r.call)
		}
	}
	return calls
}

func TestShowsCallsAndReturns(t *testing.T) {
	needPython(t)
	s, other := startScript(t, python), startScript(t, python)
	p := trace(t, "-p", strconv.Itoa(s.Pid()))
	other.run("profiled")
	thread := s.run("profiled")
	p.Await(fmt.Sprintf(` %d .* leaf `, thread), 10*time.Second)
	result := p.Stop()
	list := rows(t, result)
	if got := calls(list, s.Pid(), s.Pid()); !slices.Equal(got, profiled) {
		t.Errorf("calls:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(profiled, "\n"))
	}
	if got := calls(list, s.Pid(), thread); !slices.Equal(got, []string{"<- leaf calls.py:10"}) || len(list) != len(profiled)+1 {
		t.Errorf("%d rows, of a thread that is not profiled %q: %v", len(list), got, result)
	}
	for _, r := range list {
		ms, err := strconv.ParseFloat(r.ms, 64)
		switch name := strings.Fields(r.call)[1]; {
		case r.tid == thread && r.ms != "-", strings.Contains(r.call, "->") && r.ms != "":
			t.Errorf("%+v", r)
		case r.tid == thread || strings.Contains(r.call, "->"):
		case err != nil, name == "slow" && (ms < 30 || ms > 5000), name == "everything" && ms < 30:
			t.Errorf("%+v", r)
		}
	}
}

// An interpreter is traced in processes that start later; this one is a copy, of
// which there is no other.
func TestShowsReturnsAlone(t *testing.T) {
	needPython(t)
	notEmulated(t)
	own := filepath.Join(t.TempDir(), "python")
	text, err := os.ReadFile(python)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, text, 0o700); err != nil {
		t.Fatal(err)
	}
	p := trace(t, own)
	s := startScript(t, own)
	thread := s.run("plain")
	p.Await(fmt.Sprintf(` %d .* leaf `, thread), 10*time.Second)
	result := p.Stop()
	list := rows(t, result)
	if got := calls(list, s.Pid(), s.Pid()); !slices.Equal(got, alone) {
		t.Errorf("returns:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(alone, "\n"))
	}
	if got := calls(list, s.Pid(), thread); len(got) != 1 || !strings.Contains(result.Stderr, "that were not told") {
		t.Errorf("of the other thread %q: %v", got, result)
	}
}

func TestRefuses(t *testing.T) {
	testenv.Live(t)
	notEmulated(t)
	tool := testenv.Tool(t, "python_calls")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "name an interpreter with probes"},
		{[]string{"-p", "-3"}, "name an interpreter with probes"},
		{[]string{"/bin/sh"}, "/bin/sh has none"},
		{[]string{"/no/such/python"}, "/no/such/python"},
		{[]string{"-p", "4194305"}, "process 4194305: there is no such process"}, // the kernel gives no such number
	} {
		result := testenv.Run(t, time.Minute, append([]string{tool}, c.args...)...)
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, c.want) || result.Stdout != "" {
			t.Errorf("%v: %v", c.args, result)
		}
	}
}
