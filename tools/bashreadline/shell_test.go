package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// shell is an interactive bash on a terminal of its own.
type shell struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File // the end that a person sits at
	ready    int      // prompts that were waited for

	mu     sync.Mutex
	screen bytes.Buffer
}

// startShell starts a bash, or another program that reads lines, and waits for
// its first prompt.
func startShell(t *testing.T, argv ...string) *shell {
	t.Helper()
	terminal, other := openTerminal(t)
	defer other.Close()
	home := t.TempDir()
	inputrc := filepath.Join(home, ".inputrc")
	if err := os.WriteFile(inputrc, []byte("set enable-bracketed-paste off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = other, other, other
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + home, "INPUTRC=" + inputrc, "HISTFILE=", "TERM=xterm", "LC_ALL=C.UTF-8",
		"PS1=PROMPT> ", `PROMPT_COMMAND=echo "READY $((++ready))."`}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sh := &shell{t: t, cmd: cmd, terminal: terminal}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(sh, terminal) // fails when the shell is gone
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		<-read
		terminal.Close()
	})
	sh.awaitPrompt()
	return sh
}

func bash(t *testing.T) *shell {
	t.Helper()
	return startShell(t, "/bin/bash", "--norc", "--noprofile", "-i")
}

// openTerminal makes a pseudo-terminal and opens both ends.
func openTerminal(t *testing.T) (terminal, other *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := terminal.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = conn.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	other, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return terminal, other
}

// Write takes what the shell prints.
func (sh *shell) Write(p []byte) (int, error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.screen.Write(p)
}

func (sh *shell) output() string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.screen.String()
}

func (sh *shell) pid() int { return sh.cmd.Process.Pid }

// await waits until the shell has printed one text and later another.
func (sh *shell) await(first, then string) {
	sh.t.Helper()
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, after, ok := strings.Cut(sh.output(), first); ok && strings.Contains(after, then) {
			return
		}
	}
	sh.t.Fatalf("no %q and then %q from %v: %q", first, then, sh.cmd, sh.output())
}

// awaitPrompt waits until the shell waits for a line: what is typed before that
// goes another way.
func (sh *shell) awaitPrompt() {
	sh.t.Helper()
	sh.ready++
	sh.await(fmt.Sprintf("READY %d.", sh.ready), "PROMPT> ")
}

// press sends what keys send.
func (sh *shell) press(keys string) {
	sh.t.Helper()
	if _, err := io.WriteString(sh.terminal, keys); err != nil {
		sh.t.Fatal(err)
	}
}

// enter types a line and waits until the shell is through with it.
func (sh *shell) enter(keys string) {
	sh.t.Helper()
	sh.press(keys + "\r")
	sh.awaitPrompt()
}

// leave ends the input and waits for the shell's end.
func (sh *shell) leave() {
	sh.t.Helper()
	sh.press("\x04")
	if err := sh.cmd.Wait(); err != nil {
		sh.t.Errorf("the shell's end: %v: %q", err, sh.output())
	}
}
