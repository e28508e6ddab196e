package bccgo

import (
	"errors"
	"io"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// AttachTracepoint runs a function at a kernel tracepoint, named category:event.
//
// Errors are *AttachError around the reason: an *UnknownHookError, a
// *TracefsError where tracefs is not mounted, an *AlreadyAttachedError if the
// function runs there already.
func (m *Module) AttachTracepoint(tracepoint, function string) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: "tracepoint", Target: tracepoint, Function: function, Err: err}
	}
	category, event, ok := strings.Cut(tracepoint, ":")
	if !ok || category == "" || event == "" {
		return fail(errors.New("a tracepoint is named category:event, as in syscalls:sys_enter_openat"))
	}
	if _, err := probe.Running().TracepointID(category, event); err != nil {
		return fail(err)
	}
	p, err := m.program(function, Tracepoint)
	if err != nil {
		return nil, err
	}
	c, err := m.tracepoint(tracepoint, function, p)
	if err != nil {
		return fail(err)
	}
	return m.keep("tracepoint", tracepoint, function, c)
}

// tracepoint attaches to one tracepoint.
func (m *Module) tracepoint(tracepoint, function string, p *ebpf.Program) (io.Closer, error) {
	if err := m.checkOnce("tracepoint", tracepoint, function); err != nil {
		return nil, err
	}
	category, event, _ := strings.Cut(tracepoint, ":")
	return link.Tracepoint(category, event, p, nil)
}

// AttachTracepointRe runs a function at all tracepoints whose whole name,
// category:event, matches a regular expression in Go's syntax. The Link lists
// Targets and, should some have failed, what was Refused.
//
// The function cannot tell the events apart, as the verifier denies it the first
// bytes of each record, where common_type is. Where that matters, attach a
// function each. Errors are *AttachError around *MatchError if nothing
// matched or no match could be attached to, or *TracefsError.
func (m *Module) AttachTracepointRe(re, function string) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: "tracepoint", Target: re, Function: function, Err: err}
	}
	names, err := Tracepoints(re)
	if err != nil {
		return fail(err)
	}
	p, err := m.program(function, Tracepoint)
	if err != nil {
		return nil, err
	}
	g := new(group)
	var refused []ProbeCandidate
	for _, name := range names {
		c, err := m.tracepoint(name, function, p)
		if err != nil {
			refused = append(refused, ProbeCandidate{"tracepoint:" + name, err})
			continue
		}
		g.add(c, probe.Function{Name: name})
	}
	if len(g.parts) == 0 {
		return fail(&MatchError{Kind: "tracepoint", Pattern: re, Refused: refused})
	}
	return m.keepLink(&Link{hook: "tracepoint", target: re, function: function, targets: g.names(), refused: refused}, g)
}

// AttachRawTracepoint runs a function at a kernel tracepoint, named by its
// event alone, with the tracepoint's raw arguments. It needs Linux 4.17. Errors
// are as for AttachTracepoint.
func (m *Module) AttachRawTracepoint(tracepoint, function string) (*Link, error) {
	return m.attachRawTracepoint(tracepoint, function, RawTracepoint)
}

func (m *Module) attachRawTracepoint(tracepoint, function string, typ ProgType) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: "raw tracepoint", Target: tracepoint, Function: function, Err: err}
	}
	if tracepoint == "" {
		return fail(errors.New("the name of the tracepoint is empty"))
	}
	p, err := m.program(function, typ)
	if err != nil {
		return nil, err
	}
	if err := m.checkOnce("raw tracepoint", tracepoint, function); err != nil {
		return fail(err)
	}
	l, err := rawTracepoint(tracepoint, p)
	if err != nil {
		return fail(err)
	}
	return m.keep("raw tracepoint", tracepoint, function, l)
}
