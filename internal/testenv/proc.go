package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// stopTimeout is how long a tool may take to end after an interrupt.
	stopTimeout = 10 * time.Second
	// pipeTimeout is how long a grandchild may hold the output pipes open
	// after the process is gone.
	pipeTimeout = 2 * time.Second
)

// Result is what a finished process gave.
type Result struct {
	Stdout, Stderr string
	ExitCode       int            // -1 when a signal ended it
	Signal         syscall.Signal // 0 when it exited
}

// String shows the whole result, for messages of failed tests.
func (r Result) String() string {
	end := fmt.Sprintf("exit status %d", r.ExitCode)
	if r.Signal != 0 {
		end = "signal " + r.Signal.String()
	}
	return fmt.Sprintf("%s\nstdout:\n%s\nstderr:\n%s", end, r.Stdout, r.Stderr)
}

// Proc is a process started by a test, in a process group of its own. The
// group is killed when the test ends, and when the test binary dies.
type Proc struct {
	t      testing.TB
	cmd    *exec.Cmd
	output output
	done   chan struct{}
	err    error // of Wait; valid once done is closed
}

// Start starts a program. Failing to start fails the test.
func Start(t testing.TB, argv ...string) *Proc {
	t.Helper()
	return StartCmd(t, exec.Command(argv[0], argv[1:]...))
}

// StartCmd is Start for a command with an environment, folder or input of its
// own. Its standard output and error must not be set.
func StartCmd(t testing.TB, cmd *exec.Cmd) *Proc {
	t.Helper()
	p := &Proc{t: t, cmd: cmd, done: make(chan struct{})}
	p.output.changed = make(chan struct{})
	cmd.Stdout = p.output.writer(&p.output.stdout)
	cmd.Stderr = p.output.writer(&p.output.stderr)
	cmd.WaitDelay = pipeTimeout
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := start(cmd); err != nil {
		t.Fatalf("start %s: %v", cmd, err)
	}
	awaitProgram(cmd.Process.Pid)
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// awaitProgram waits until the kernel has put the program into the process: when
// exec tells the parent that it succeeded, neither arguments nor files need be there
// yet. Where the code begins (field 26 of proc(5)'s stat) is set last.
func awaitProgram(pid int) {
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest) // from field 3 on
		if err != nil || len(fields) < 24 || fields[0] == "Z" || fields[23] != "0" {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Run runs a program to its end and returns its result, whatever its exit
// status. Not ending within the timeout (longer in the VM, see [Timeout])
// fails the test.
func Run(t testing.TB, timeout time.Duration, argv ...string) Result {
	t.Helper()
	return Start(t, argv...).Wait(timeout)
}

// Pid returns the process id, which is also that of the process group.
func (p *Proc) Pid() int { return p.cmd.Process.Pid }

// Stdout returns what the process has printed so far.
func (p *Proc) Stdout() string { return p.output.text(&p.output.stdout) }

// Stderr returns what the process has printed to standard error so far.
func (p *Proc) Stderr() string { return p.output.text(&p.output.stderr) }

// Await waits until the regular expression matches in standard output or
// error, and returns the match. It sees all output from the start of the
// process. The test fails when the process ends without a match, or at the
// timeout (longer in the VM, see [Timeout]).
func (p *Proc) Await(pattern string, timeout time.Duration) string {
	p.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	deadline := time.After(Timeout(timeout))
	for {
		ended := p.ended()
		changed := p.output.change()
		for _, text := range []string{p.Stdout(), p.Stderr()} {
			if at := re.FindStringIndex(text); at != nil {
				return text[at[0]:at[1]]
			}
		}
		if ended {
			p.t.Fatalf("%s: ended before %q was seen: %v", p.cmd, pattern, p.result())
		}
		select {
		case <-changed:
		case <-p.done:
		case <-deadline:
			p.t.Fatalf("%s: %q not seen in %v\nstdout:\n%s\nstderr:\n%s",
				p.cmd, pattern, Timeout(timeout), p.Stdout(), p.Stderr())
		}
	}
}

// AwaitRest waits until the process has nothing to do: its first thread sleeps, and
// still does a while later. One that does not within a minute (longer in the VM) fails the test.
func (p *Proc) AwaitRest() {
	p.t.Helper()
	const enough, pause = 3, 10 * time.Millisecond
	end := time.Now().Add(Timeout(time.Minute))
	for asleep := 0; asleep < enough; time.Sleep(Timeout(pause)) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
		if err != nil {
			p.t.Fatalf("%s: %v", p.cmd, err)
		}
		_, _, state, _, _ := parseStat(string(stat))
		if asleep++; state != "S" {
			asleep = 0
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s does not come to rest: %s", p.cmd, stat)
		}
	}
}

// Signal sends a signal to the process alone. A process that has ended fails
// the test.
func (p *Proc) Signal(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatalf("send %v to %s: %v\nstdout:\n%s\nstderr:\n%s", sig, p.cmd, err, p.Stdout(), p.Stderr())
	}
}

// Stop interrupts the process as Ctrl-C does and returns its result. The test
// fails when the process is gone already or does not end.
func (p *Proc) Stop() Result {
	p.t.Helper()
	p.Signal(os.Interrupt)
	return p.Wait(stopTimeout)
}

// Wait waits for the end of the process and returns its result. The test fails
// at the timeout (longer in the VM, see [Timeout]).
func (p *Proc) Wait(timeout time.Duration) Result {
	p.t.Helper()
	select {
	case <-p.done:
		return p.result()
	case <-time.After(Timeout(timeout)):
		p.t.Fatalf("%s: still running after %v\nstdout:\n%s\nstderr:\n%s",
			p.cmd, Timeout(timeout), p.Stdout(), p.Stderr())
		return Result{}
	}
}

func (p *Proc) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// result describes a process that has ended.
func (p *Proc) result() Result {
	r := Result{Stdout: p.Stdout(), Stderr: p.Stderr(), ExitCode: p.cmd.ProcessState.ExitCode()}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		r.Signal = status.Signal()
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		r.Stderr = strings.TrimRight(r.Stderr, "\n") + "\n[" + p.err.Error() + "]\n"
	}
	return r
}

// kill ends the whole process group, which may outlive the process.
func (p *Proc) kill() {
	err := syscall.Kill(-p.Pid(), syscall.SIGKILL)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Errorf("kill the process group of %s: %v", p.cmd, err)
	}
	<-p.done
}
