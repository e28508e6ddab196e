package main

import (
	"context"
	"fmt"
	"os/exec"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// runUser traces a process, one that runs or one that is started.
func (o *options) runUser(ctx context.Context, s *toolkit.Session) error {
	argv, defines, err := o.prepare()
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(toolkit.MissedC+toolkit.StacksC+common+userProgram, defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.MissedC+toolkit.StacksC+common+userProgram, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	defer toolkit.Detach(m)
	if argv == nil {
		return o.trackProcess(ctx, s, m)
	}
	return o.trackCommand(ctx, s, m, argv)
}

// prepare returns the command's words, if there is one, and what the program has
// to be told.
func (o *options) prepare() (argv []string, defines map[string]string, err error) {
	if o.command == "" {
		_, err := toolkit.ProgramOf(o.pid)
		return nil, nil, err
	}
	if argv, err = words(o.command); err != nil {
		return nil, nil, err
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil, nil, fmt.Errorf("--command: %w", err)
	}
	return argv, map[string]string{"HOLD": ""}, nil
}

func (o *options) trackProcess(ctx context.Context, s *toolkit.Session, m *bccgo.Module) error {
	t := &target{process: o.pid, calls: userCalls, gone: func() bool { return toolkit.Ended(o.pid) }}
	t.heading = fmt.Sprintf("Attaching to pid %d, Ctrl+C to quit.", o.pid)
	if err := o.attach(s, m, o.pid); err != nil {
		return err
	}
	return o.follow(ctx, s, m, t)
}

// trackCommand starts the command, stopped until all is ready, and ends it if it
// has not ended by itself.
func (o *options) trackCommand(ctx context.Context, s *toolkit.Session, m *bccgo.Module, argv []string) error {
	life, end := context.WithCancel(ctx)
	child, err := toolkit.StartStopped(life, argv, s.Stderr())
	if err != nil {
		end()
		return fmt.Errorf("--command: %w", err)
	}
	defer func() {
		end()
		child.Resume()
		if err := child.Wait(); err != nil {
			s.Notef("%s: %v", argv[0], err)
		}
	}()
	t := &target{process: child.PID(), calls: userCalls, start: child.Resume, hold: !o.trace}
	t.heading = fmt.Sprintf("Executing '%s' and tracing the resulting process.\nAttaching to pid %d, Ctrl+C to quit.", o.command, child.PID())
	t.gone = func() bool {
		select {
		case <-child.Done():
			return true
		default:
			return false
		}
	}
	if err := o.attach(s, m, child.PID()); err != nil {
		return err
	}
	return o.follow(ctx, s, m, t)
}
