package bccgo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/internal/testenv"
)

// own narrows an instance to this process.
func own() *TraceInstanceOptions {
	return &TraceInstanceOptions{PIDs: []int{os.Getpid()}, Children: true, BufferKB: 64}
}

// instances lists the trace instances that this package made.
func instances(t *testing.T) []string {
	t.Helper()
	dir, err := probe.Running().Tracefs()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(dir + "/instances/bccgo-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLiveTraceInstance(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := len(instances(t))
	first, err := OpenTraceInstance(own())
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenTraceInstance(own())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(instances(t)); n != before+2 {
		t.Errorf("%d instances, want 2 more than %d", n, before)
	}
	prog := printkProgram(t, "copied\n")
	runProgram(t, prog)
	for _, p := range []*TracePipe{first, second} {
		got, err := p.Fields(timeLimit(t))
		if err != nil {
			t.Fatal(err)
		}
		checkPrintk(t, got, "copied")
		if line, ok, err := p.TryFields(); ok || err != nil {
			t.Errorf("then got %+v, %v", line, err)
		}
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
	if n := len(instances(t)); n != before {
		t.Errorf("%d instances are left of %d", n, before)
	}
}

// TestLiveTraceInstanceOfOthers asks for the lines of a process that prints
// none: those of this one must not come.
func TestLiveTraceInstanceOfOthers(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	other := testenv.Start(t, "sleep", "60")
	p, err := OpenTraceInstance(&TraceInstanceOptions{PIDs: []int{other.Pid()}, BufferKB: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	runProgram(t, printkProgram(t, "not for it\n"))
	if line, ok, err := p.TryReadLine(); ok || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
}

func TestLiveTraceInstanceRefused(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	before := len(instances(t))
	for want, o := range map[string]TraceInstanceOptions{
		"find process 1073741824": {PIDs: []int{1 << 30}},
		"cannot be less than 0":   {BufferKB: -1},
	} {
		if p, err := OpenTraceInstance(&o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want %s", p, err, want)
		}
	}
	if n := len(instances(t)); n != before {
		t.Errorf("%d instances are left of %d", n, before)
	}
}

// TestLiveTraceInstanceOfKilled leaves an instance behind by killing the process
// that made it. The next one must remove it.
func TestLiveTraceInstanceOfKilled(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	const mark = "BCCGO_TEST_KILLED"
	if os.Getenv(mark) != "" {
		if _, err := OpenTraceInstance(own()); err != nil {
			t.Fatal(err)
		}
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	before := instances(t)
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), mark+"=1", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := len(instances(t)); n != len(before)+1 {
		t.Fatalf("the killed process left %d instances", n-len(before))
	}
	p, err := OpenTraceInstance(own())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if n := len(instances(t)); n > len(before) {
		t.Errorf("%d instances are left of %d", n, len(before))
	}
}

const printText = `
TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		bpf_trace_printk("getppid %d\n", ME);
	return 0;
}
`

func TestLiveModuleTrace(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, printText, &Options{Defines: me()})
	p, err := m.TraceOpenInstance(own())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := m.TraceOpen(); again != p || err != nil {
		t.Errorf("opened again as %p, %v, want %p", again, err, p)
	}
	if _, err := m.TraceOpenInstance(nil); err == nil {
		t.Error("a second instance was opened")
	}
	if line, ok, err := m.TryTraceFields(); ok || err != nil {
		t.Errorf("before any call: %+v, %v", line, err)
	}
	want := "getppid " + me()["ME"]
	checkModuleTrace(t, m, want)

	var printed strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	call(3)
	if err := m.TracePrint(ctx, writerFunc(func(b []byte) (int, error) {
		printed.Write(b)
		if strings.Count(printed.String(), "\n") == 3 {
			cancel()
		}
		return len(b), nil
	}), "{1}: {5}"); err != nil {
		t.Error(err)
	}
	if got := printed.String(); strings.Count(got, ": "+want+"\n") != 3 || strings.Count(got, "\n") != 3 {
		t.Errorf("printed %q", got)
	}
	checkTraceEnds(t, m)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// checkModuleTrace reads one line by each method.
func checkModuleTrace(t *testing.T, m *Module, want string) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tid := unix.Gettid()
	isLine := func(text string) bool { return strings.Contains(text, want) }
	call(1)
	if line, err := m.TraceFields(timeLimit(t)); err != nil || line.Message != want || line.PID != tid {
		t.Errorf("fields %+v, %v, want %q of %d", line, err, want, tid)
	}
	call(1)
	line, err := m.TraceReadline(timeLimit(t))
	if line == "" && err == nil { // what the message's own newline made
		line, err = m.TraceReadline(timeLimit(t))
	}
	if err != nil || !isLine(line) {
		t.Errorf("line %q, %v", line, err)
	}
	call(1)
	if line, ok, err := m.TryTraceFields(); !ok || err != nil || line.Message != want || line.PID != tid {
		t.Errorf("fields at once %+v, %t, %v", line, ok, err)
	}
	call(1)
	for {
		line, ok, err := m.TryTraceReadline()
		if err != nil || !ok {
			t.Fatalf("line at once %q, %t, %v", line, ok, err)
		}
		if isLine(line) {
			break
		}
	}
}

// checkTraceEnds closes the module while its trace is read.
func checkTraceEnds(t *testing.T, m *Module) {
	t.Helper()
	ended := make(chan error)
	go func() {
		for {
			if _, err := m.TraceReadline(t.Context()); err != nil {
				ended <- err
				return
			}
		}
	}()
	time.Sleep(20 * time.Millisecond)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("the read ended with %v", err)
	}
	if _, err := m.TraceFields(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("of a closed module: %v", err)
	}
}

// TestVMModuleTrace reads the machine's own trace.
func TestVMModuleTrace(t *testing.T) {
	testenv.VM(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	m := loadLive(t, printText, &Options{Defines: me()})
	// Opening it for writing anew drops what earlier tests have left in it.
	if err := os.WriteFile("/sys/kernel/tracing/trace", nil, 0); err != nil {
		t.Fatal(err)
	}
	checkModuleTrace(t, m, "getppid "+me()["ME"])
	if p, err := m.TraceOpen(); err != nil || p.instance != "" {
		t.Errorf("the trace is %+v, %v", p, err)
	}
}
