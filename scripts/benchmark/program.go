package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// program is one of the project's own, with the arguments that make it say when
// it is attached, and that limit it to one process where it can be.
type program struct {
	path string // below the folder of built programs
	args []string
}

func (p program) name() string { return filepath.Base(p.path) }

// ofProcess marks where the producer's pid goes.
const ofProcess = "PID"

// command is the program's command line.
func (p program) command(folder, pid string) []string {
	command := []string{filepath.Join(folder, p.path)}
	for _, arg := range p.args {
		if arg == ofProcess {
			arg = pid
		}
		command = append(command, arg)
	}
	return command
}

// started is how far a program came.
type started struct {
	took time.Duration
	// refused tells that it loaded but this kernel, without kprobes, has not
	// what it attaches to; took is then until its end.
	refused bool
	rss     float64 // peak in MiB; 0 for one that was refused
}

// startProgram starts a program, waits until it is attached and ends it.
func startProgram(name string, env []string, args ...string) (started, error) {
	p := newProcess(name, env, args...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return started{}, fmt.Errorf("start %s: %w", name, err)
	}
	p.lines = bufio.NewReader(stderr)
	if err := p.run(); err != nil {
		return started{}, err
	}
	defer p.kill()
	said, err := p.untilAttached()
	s := started{took: time.Since(p.begin)}
	if errors.Is(err, io.EOF) {
		if s.refused = lacksKprobes(said); s.refused {
			return s, nil
		}
		err = fmt.Errorf("it ended: %s", said)
	}
	if err == nil {
		s.rss, err = p.peakRSS()
	}
	if err == nil {
		err = p.interrupt()
	}
	if err != nil {
		return s, fmt.Errorf("start %s: %w", name, err)
	}
	return s, nil
}

// untilAttached reads what a program says until that is that it is attached.
func (p *process) untilAttached() (said string, err error) {
	for {
		line, err := p.lines.ReadString('\n')
		said += line
		if err != nil || isAttached(line) {
			return said, err
		}
	}
}

// isAttached recognizes what the tools, with -v, and the examples say then.
func isAttached(line string) bool {
	return strings.HasSuffix(line, ": tracing\n") || strings.Contains(line, "Ctrl-C")
}

// lacksKprobes recognizes the message of a program that loaded and then found no
// kprobes to attach to.
func lacksKprobes(said string) bool {
	return strings.Contains(said, "attach ") && strings.Contains(said, "kprobes are not available")
}

// interrupt ends a program as Ctrl-C does and wants it to succeed.
func (p *process) interrupt() error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, p.lines); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return p.cmd.Wait()
}
