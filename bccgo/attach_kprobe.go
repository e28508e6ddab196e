package bccgo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// KprobeOptions refine a kprobe. nil means at the function's first instruction.
type KprobeOptions struct {
	// Offset is added to the function's address, in bytes. An instruction must
	// start there. A kretprobe has none.
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
// function (name.isra.0), the renamed one is. MODULE:FUNCTION names a function
// of one module; it needs Linux 4.17 and readable addresses in /proc/kallsyms.
// Attached again to the same place, the function runs twice there.
//
// Errors are *AttachError around the reason: a *KprobeError if the function is
// absent, inlined or blacklisted, *UnsupportedError in a kernel without
// kprobes, *ProbeLimitError; for a function that calls bpf_override_return also
// *NotModifiableError.
func (m *Module) AttachKprobe(event, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobe(kprobeHook, event, function, o)
}

// AttachKretprobe runs a function whenever a kernel function returns.
func (m *Module) AttachKretprobe(event, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobe(kretprobeHook, event, function, o)
}

// kernelHook is one end of a kernel function.
type kernelHook struct {
	name    string
	returns bool
	one     func(symbol string, p *ebpf.Program, o *link.KprobeOptions) (link.Link, error)
	many    func(p *ebpf.Program, o link.KprobeMultiOptions) (link.Link, error)
}

var (
	kprobeHook    = kernelHook{"kprobe", false, link.Kprobe, link.KprobeMulti}
	kretprobeHook = kernelHook{"kretprobe", true, link.Kretprobe, link.KretprobeMulti}
)

func (m *Module) attachKprobe(h kernelHook, event, function string, o *KprobeOptions) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.name, Target: event, Function: function, Err: err}
	}
	opts, err := h.options(o)
	if err != nil {
		return fail(err)
	}
	if event == "" {
		return fail(errors.New("the name of the kernel function is empty"))
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
	if opts.Offset != 0 {
		if err := probe.Running().CheckOffset(symbol, opts.Offset); err != nil {
			return fail(err)
		}
	}
	c, symbol, err := h.attach(symbol, p, opts)
	if err != nil {
		return fail(m.explainOverride(event, function, err))
	}
	target := probe.Place{Name: symbol, Offset: opts.Offset}.Target()
	return m.keepLink(&Link{hook: h.name, target: target, function: function, names: []string{event, symbol}}, c)
}

// options checks what a hook can do.
func (h kernelHook) options(o *KprobeOptions) (*link.KprobeOptions, error) {
	if o == nil {
		return new(link.KprobeOptions), nil
	}
	switch {
	case h.returns && o.Offset != 0:
		return nil, errors.New("a return probe has no offset")
	case !h.returns && o.MaxActive != 0:
		return nil, errors.New("MaxActive is for return probes")
	case o.MaxActive < 0:
		return nil, fmt.Errorf("MaxActive is %d", o.MaxActive)
	}
	return &link.KprobeOptions{Offset: o.Offset, RetprobeMaxActive: o.MaxActive}, nil
}

// attach attaches to a function and returns the symbol it has. Only if that
// fails, or is of a module, the name is looked up: to find what the compiler
// made of it, or to say why there is no such probe.
func (h kernelHook) attach(symbol string, p *ebpf.Program, o *link.KprobeOptions) (io.Closer, string, error) {
	if strings.Contains(symbol, ":") {
		return h.attachInModule(symbol, p, o)
	}
	l, refused := h.one(symbol, p, o)
	if refused == nil {
		return l, symbol, nil
	}
	found, err := probe.Running().ResolveKprobe(symbol)
	if err != nil {
		return nil, "", err
	}
	if found.Name == symbol {
		return nil, "", explainKprobe(symbol, o, refused)
	}
	l, err = h.one(found.Name, p, o)
	if err != nil {
		return nil, "", explainKprobe(found.Name, o, err)
	}
	return l, found.Name, nil
}

// explainKprobe says why the kernel refused to probe a function it has.
func explainKprobe(symbol string, o *link.KprobeOptions, refused error) error {
	failed := &KprobeError{Name: symbol, Err: refused}
	switch {
	case errors.Is(refused, unix.EADDRNOTAVAIL):
		failed.Reason = probe.KprobeAmbiguous
	case o.Offset != 0 && (errors.Is(refused, fs.ErrNotExist) || errors.Is(refused, unix.EILSEQ) || errors.Is(refused, unix.EINVAL)):
		failed.Reason = probe.KprobeMisplaced
	default:
		return refused
	}
	return failed
}

// attachInModule attaches to a function by address, because the kernel finds
// names in all modules alike.
func (h kernelHook) attachInModule(symbol string, p *ebpf.Program, o *link.KprobeOptions) (io.Closer, string, error) {
	if o.RetprobeMaxActive != 0 {
		return nil, "", errors.New("MaxActive goes with a plain function name, without the module")
	}
	found, err := probe.Running().ResolveKprobe(symbol)
	if err != nil {
		return nil, "", err
	}
	if found.Addr == 0 {
		return nil, "", hiddenAddress(symbol)
	}
	c, err := h.attachAddress(found.Addr+o.Offset, p)
	if err != nil {
		return nil, "", explainKprobe(symbol, o, err)
	}
	return c, found.Module + ":" + found.Name, nil
}

// hiddenAddress explains why a function's address is not known.
func hiddenAddress(symbol string) error {
	if err := SupportKSym(); err != nil {
		return err
	}
	return fmt.Errorf("/proc/kallsyms has no address of %s", symbol)
}
