package toolkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Child is a command that a tool starts in order to trace it from its first
// instruction on.
type Child struct {
	// PID is its process id.
	PID int

	resume chan struct{}
	done   chan error
}

// childGrace is how long a child may take to end after it was told to.
const childGrace = 2 * time.Second

// StartStopped starts a command and stops it before it does anything. When ctx
// ends it is told to end, and killed if it does not. Its standard output goes
// to out, so as not to mix with the tool's results.
func StartStopped(ctx context.Context, argv []string, out io.Writer) (*Child, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = childGrace
	// A traced process stops when it has become the command's program.
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	c := &Child{resume: make(chan struct{}), done: make(chan error, 1)}
	started := make(chan error)
	go c.run(cmd, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("--exec: start %s: %w", argv[0], err)
	}
	return c, nil
}

// run follows the child. It keeps to one thread until the child goes on: for
// the kernel the tracer is a thread.
func (c *Child) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	if err := cmd.Start(); err != nil {
		runtime.UnlockOSThread()
		started <- err
		return
	}
	c.PID = cmd.Process.Pid
	var status syscall.WaitStatus
	_, err := syscall.Wait4(c.PID, &status, 0, nil)
	started <- err
	if err == nil {
		<-c.resume
		err = syscall.PtraceDetach(c.PID)
	}
	runtime.UnlockOSThread()
	c.done <- errors.Join(err, cmd.Wait())
}

// Resume lets the child go on.
func (c *Child) Resume() { close(c.resume) }

// Done delivers how the child ended, nil for success.
func (c *Child) Done() <-chan error { return c.done }
