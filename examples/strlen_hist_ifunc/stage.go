package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/bccgo/bcc/bccgo"
)

type choice struct {
	Resolver, Chosen uint64
}

// stage is a shell that waits for a line and then becomes another program. The
// loader of that program calls the resolvers of libc, and probes can be set up
// for it before: the process stays the same.
type stage struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func startStage() (*stage, error) {
	s := &stage{cmd: exec.Command("sh", "-c", "echo ready; read -r go; exec true")}
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a program to watch: %w", err)
	}
	// When it has printed something it has loaded libc.
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for %v: %w", s.cmd, err), s.end())
	}
	return s, nil
}

// end lets the shell go on and waits until it has ended.
func (s *stage) end() error {
	if err := s.in.Close(); err != nil {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("run %v: %w", s.cmd, err)
	}
	return nil
}

// watchChoice lets the loader start a program and returns where in its libc it
// found the symbol's resolver, and the offset of the function it was given.
func watchChoice(m *bccgo.Module) (indirect, uint64, error) {
	s, err := startStage()
	if err != nil {
		return indirect{}, 0, err
	}
	f, err := watchResolver(m, s.cmd.Process.Pid)
	if err := errors.Join(err, s.end()); err != nil {
		return indirect{}, 0, err
	}
	choices, err := bccgo.Map[int32, choice](m, "choices")
	if err != nil {
		return indirect{}, 0, err
	}
	c, err := choices.Lookup(0)
	if err != nil {
		return indirect{}, 0, err
	}
	if c.Resolver == 0 || c.Chosen == 0 {
		return indirect{}, 0, fmt.Errorf("the resolver of %s in %s was not called when a program started", symbol, f.path)
	}
	// Both are in the same file, however far from where it says it was loaded.
	return f, f.resolver + c.Chosen - c.Resolver, nil
}

// watchResolver attaches to the resolver in the libc of a process.
func watchResolver(m *bccgo.Module, pid int) (indirect, error) {
	path, err := libcOf(pid)
	if err != nil {
		return indirect{}, err
	}
	f, err := findIndirect(path, symbol)
	if err != nil {
		return f, err
	}
	o := &bccgo.UprobeOptions{Address: f.resolver, PID: pid}
	if _, err := m.AttachUprobe(path, "", "resolver_called", o); err != nil {
		return f, err
	}
	_, err = m.AttachUretprobe(path, "", "resolver_returns", o)
	return f, err
}
