package bccgo

import (
	"errors"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// KprobeOptions refine a kprobe. nil means at the function's first instruction.
type KprobeOptions struct {
	// Offset is added to the function's address, in bytes.
	Offset uint64
	// MaxActive is how many calls a kretprobe follows at a time; 0 leaves it to
	// the kernel. Any other value makes the kernel create the probe through
	// tracefs.
	MaxActive int
}

// AttachKprobe runs a function whenever a kernel function is entered.
//
// Syscalls may be named with any architecture's prefix (sys_clone,
// __x64_sys_clone); the running kernel's is used. If the compiler renamed the
// function (name.isra.0), the renamed one is. Errors are *AttachError around
// the reason: absent, inlined, blacklisted, or a kernel without kprobes.
func (m *Module) AttachKprobe(event, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobe("kprobe", event, function, o, link.Kprobe)
}

// AttachKretprobe runs a function whenever a kernel function returns.
func (m *Module) AttachKretprobe(event, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobe("kretprobe", event, function, o, link.Kretprobe)
}

type attachKprobeFunc func(symbol string, p *ebpf.Program, o *link.KprobeOptions) (link.Link, error)

func (m *Module) attachKprobe(hook, event, function string, o *KprobeOptions, attach attachKprobeFunc) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: hook, Target: event, Function: function, Err: err}
	}
	if err := probe.Running().KprobesSupported(); err != nil {
		return fail(err)
	}
	symbol, err := probe.Running().FixSyscallName(event)
	if err != nil {
		return fail(err)
	}
	p, err := m.program(function, Kprobe)
	if err != nil {
		return nil, err
	}
	opts := new(link.KprobeOptions)
	if o != nil {
		opts.Offset, opts.RetprobeMaxActive = o.Offset, o.MaxActive
	}
	l, err := attach(symbol, p, opts)
	if err != nil {
		l, symbol, err = retryResolved(symbol, p, opts, attach, err)
	}
	if err != nil {
		return fail(err)
	}
	return m.keep(hook, symbol, function, l)
}

// retryResolved looks a refused name up: to find what the compiler made of it,
// or to say why there is no such probe.
func retryResolved(symbol string, p *ebpf.Program, o *link.KprobeOptions, attach attachKprobeFunc, refused error) (link.Link, string, error) {
	real, err := probe.Running().ResolveKprobe(symbol)
	if err != nil {
		return nil, "", err
	}
	if real == symbol {
		return nil, "", refused
	}
	l, err := attach(real, p, o)
	return l, real, err
}

// AttachTracepoint runs a function at a kernel tracepoint, named category:event.
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
	l, err := link.Tracepoint(category, event, p, nil)
	if err != nil {
		return fail(err)
	}
	return m.keep("tracepoint", tracepoint, function, l)
}

// AttachRawTracepoint runs a function at a kernel tracepoint, named by its
// event alone, with the tracepoint's raw arguments. It needs Linux 4.17.
func (m *Module) AttachRawTracepoint(tracepoint, function string) (*Link, error) {
	p, err := m.program(function, RawTracepoint)
	if err != nil {
		return nil, err
	}
	l, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: tracepoint, Program: p})
	if err != nil {
		if why := probe.Running().RawTracepoint(tracepoint); why != nil {
			err = why
		}
		return nil, &AttachError{Hook: "raw tracepoint", Target: tracepoint, Function: function, Err: err}
	}
	return m.keep("raw tracepoint", tracepoint, function, l)
}

// closerFunc makes a function an io.Closer.
type closerFunc func() error

func (f closerFunc) Close() error { return f() }
