package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// traces are the lines that bpf_trace_printk writes, by any program of the
// machine: the lines do not say whose they are.
type traces struct {
	pipe *bccgo.TracePipe
	out  printer
	// notes takes a note about lost lines.
	notes func(format string, args ...any)
	// lostBefore is how many lines were lost before the program began.
	lostBefore uint64
}

// tracePrintEvent is what the kernel calls a line of bpf_trace_printk.
const tracePrintEvent = "bpf_trace_printk"

// backlog is how long to read what is in the pipe, which others may keep
// filling.
const backlog = time.Second

// openTraces opens the trace pipe if the program prints there. Where the pipe
// cannot be had, a program with other output goes on without.
func (s *session) openTraces() error {
	used, err := s.module.UsesTracePrint()
	if err != nil || !used {
		return err
	}
	if s.inherited != nil {
		s.traces = s.inherited
		return nil
	}
	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		if !s.hasTables() {
			return err
		}
		fmt.Fprintf(s.con.stderr, "bccgo: trace prints are not shown: %v\n", err)
		return nil
	}
	s.traces = &traces{pipe: pipe, out: s.out, notes: func(format string, args ...any) {
		fmt.Fprintf(s.con.stderr, "bccgo: "+format, args...)
	}}
	return s.traces.skipOld()
}

// hasTables reports whether the program has something else to show.
func (s *session) hasTables() bool {
	for _, name := range s.module.Tables() {
		if t := s.module.Table(name); t.IsBuffer() || t.HasEntries() {
			return true
		}
	}
	return false
}

// skipOld drops lines from before the program: the pipe keeps what nobody read.
func (t *traces) skipOld() error {
	err := t.rest(func(bccgo.TraceLine) error { return nil })
	t.lostBefore = t.pipe.Lost()
	return err
}

// read prints lines until ctx ends, and those on their way then.
func (t *traces) read(ctx context.Context) error {
	for line, err := range t.pipe.All(ctx) {
		if err != nil {
			return err
		}
		if err := t.print(line); err != nil {
			return err
		}
	}
	err := t.rest(t.print)
	if lost := t.pipe.Lost() - t.lostBefore; lost > 0 {
		t.notes("lost %d lines of the kernel's trace\n", lost)
		t.lostBefore += lost
	}
	return err
}

// rest visits the lines that are in the pipe.
func (t *traces) rest(visit func(bccgo.TraceLine) error) error {
	deadline := time.Now().Add(backlog)
	for line, err := range t.pipe.Rest() {
		if err == nil {
			err = visit(line)
		}
		if err != nil || time.Now().After(deadline) {
			return err
		}
	}
	return nil
}

func (t *traces) print(line bccgo.TraceLine) error {
	if line.Event != tracePrintEvent {
		return nil
	}
	return t.out.trace(line)
}

func (t *traces) close() {
	if err := t.pipe.Close(); err != nil {
		t.notes("%v\n", err)
	}
}
