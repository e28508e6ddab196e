package bccgo

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// StoppedCommand is a command that was started and does nothing until it is told
// to, so that it can be traced from its first instruction on.
type StoppedCommand struct {
	cmd    *exec.Cmd
	resume func()
	done   chan struct{}
	err    error // set when done is closed
}

// StartStopped starts cmd and stops it where it would begin to run its program:
// it has its pid and its name, and no instruction of it was executed. It uses
// ptrace(2), so cmd must not be traced by another.
//
// Call Resume in any case, or the command stays; one that was started with a
// context ends with it as usual, if it is killed or was resumed.
func StartStopped(cmd *exec.Cmd) (*StoppedCommand, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	// A traced process stops when it has become the command's program.
	cmd.SysProcAttr.Ptrace = true
	resumed := make(chan struct{})
	c := &StoppedCommand{
		cmd: cmd, resume: sync.OnceFunc(func() { close(resumed) }), done: make(chan struct{}),
	}
	started := make(chan error)
	go c.run(started, resumed)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s stopped: %w", cmd.Path, err)
	}
	return c, nil
}

// run follows the command. It keeps to one thread until the command goes on: for
// the kernel the tracer is a thread.
func (c *StoppedCommand) run(started chan<- error, resumed <-chan struct{}) {
	runtime.LockOSThread()
	if err := c.cmd.Start(); err != nil {
		runtime.UnlockOSThread()
		started <- err
		return
	}
	var status syscall.WaitStatus
	_, err := syscall.Wait4(c.PID(), &status, 0, nil)
	if err != nil {
		err = errors.Join(err, c.cmd.Process.Kill(), c.cmd.Wait())
		runtime.UnlockOSThread()
		started <- err
		return
	}
	started <- nil
	<-resumed
	err = syscall.PtraceDetach(c.PID())
	if errors.Is(err, syscall.ESRCH) { // it was killed
		err = nil
	}
	runtime.UnlockOSThread()
	c.err = errors.Join(err, c.cmd.Wait())
	close(c.done)
}

// PID is the command's process id.
func (c *StoppedCommand) PID() int { return c.cmd.Process.Pid }

// Resume lets the command go on. Resuming again does nothing.
func (c *StoppedCommand) Resume() { c.resume() }

// Done is closed when the command has ended.
func (c *StoppedCommand) Done() <-chan struct{} { return c.done }

// Wait waits for the command's end, which comes only after Resume, and returns
// what exec.Cmd's Wait does: nil for success, an *exec.ExitError for a failure
// of the command's own.
func (c *StoppedCommand) Wait() error {
	<-c.done
	return c.err
}
