package bccgo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartStopped(t *testing.T) {
	name := t.TempDir() + "/out"
	cmd := exec.Command("/bin/sh", "-c", "echo hello >"+name+"; exit 3")
	c, err := StartStopped(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Resume()
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", c.PID()))
	if err != nil || strings.TrimSpace(string(comm)) != "sh" {
		t.Errorf("the stopped command is called %q, %v", comm, err)
	}
	select {
	case <-c.Done():
		t.Fatal("it ended before it was resumed")
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it ran: %v", err)
	}
	c.Resume()
	err = c.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("ended with %v", err)
	}
	<-c.Done()
	if again := c.Wait(); again != err {
		t.Errorf("waited again: %v", again)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "hello\n" {
		t.Errorf("it wrote %q, %v", text, err)
	}
}

func TestStartStoppedMissing(t *testing.T) {
	if _, err := StartStopped(exec.Command("/no/such/program")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/program") {
		t.Error(err)
	}
}

// TestStartStoppedKilled ends the command while it is stopped.
func TestStartStoppedKilled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := StartStopped(exec.CommandContext(ctx, "/bin/sleep", "100"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	time.Sleep(20 * time.Millisecond)
	c.Resume()
	err = c.Wait()
	if exit := new(exec.ExitError); !errors.Is(err, context.Canceled) &&
		(!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
		t.Errorf("ended with %v", err)
	}
}
