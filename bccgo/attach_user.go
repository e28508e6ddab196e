package bccgo

import (
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// Errors of user-space probes.
type (
	// SymbolError means that a file has no such function to probe.
	SymbolError = elfsym.SymbolError
	// FileError means that no library or program of a name was found.
	FileError = elfsym.LibraryError
	// GoUretprobeError refuses a return probe on a Go program, which it would
	// crash; UprobeOptions.Go puts others in its place.
	GoUretprobeError = elfsym.GoUretprobeError
	// GoCodeError means that a function cannot be probed by UprobeOptions.Go: it
	// does not return, another returns in its place, or it is not Go's.
	GoCodeError = elfsym.GoCodeError
	// UnsupportedError means that the running kernel lacks a feature.
	UnsupportedError = probe.UnsupportedError
	// KprobeError means that a kernel function cannot be probed, and why.
	KprobeError = probe.KprobeError
	// UnknownHookError means that the kernel has nothing of a name: no tracepoint,
	// no struct, no enum, no function in its BTF.
	UnknownHookError = probe.UnknownError
)

// UprobeOptions refine a uprobe. nil means at the function's start, in every
// process.
type UprobeOptions struct {
	// PID restricts the probe to a process, and names are looked up as that
	// process sees them. 0 means every process.
	PID int
	// Offset is added to the function's address, in bytes. An instruction must
	// start there: the kernel writes over its first byte, and elsewhere that
	// changes what the program does. A return probe has none.
	Offset uint64
	// Address is where to probe in place of a symbol, as symbol tables have it
	// and nm(1) prints it: the address before the file is loaded, which is its
	// own in a program linked to a fixed place and counts from 0 in others and
	// in libraries. UserFunctions lists such addresses.
	Address uint64
	// FileOffset is like Address, but counts from the start of the file, as
	// the kernel does. The two differ where the linker left gaps.
	FileOffset uint64
	// Go tells that the function is one of a Go program, which is probed where
	// that is safe: an entry behind the function's check of its stack, by which it
	// comes once a call, and a return at each of its return instructions. In both
	// places the C text reads arguments and results by PT_GO_PARM1(ctx) and so on
	// (docs/user-space.md). A symbol is given, and none of the addresses.
	Go bool
}

// AttachUprobe runs a function whenever a function of a program or library is
// entered. name is a path, or a library's or program's name ("c", "bash");
// symbol is a function's name in its symbol tables, or "" if the options have
// an address.
//
// It needs uprobes in the kernel. Errors are *AttachError around *FileError,
// *SymbolError, *ProbeConflictError or *UnsupportedError.
func (m *Module) AttachUprobe(name, symbol, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobe(uprobeHook, name, symbol, function, o)
}

// AttachUretprobe runs a function whenever a function of a program or library
// returns. Go programs are refused with a *GoUretprobeError, unless
// UprobeOptions.Go is set.
func (m *Module) AttachUretprobe(name, symbol, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobe(uretprobeHook, name, symbol, function, o)
}

// userHook is one end of a function of user space.
type userHook struct {
	name    string
	returns bool
	one     func(ex *link.Executable, symbol string, p *ebpf.Program, o *link.UprobeOptions) (link.Link, error)
	many    func(ex *link.Executable, symbols []string, p *ebpf.Program, o *link.UprobeMultiOptions) (link.Link, error)
}

var (
	uprobeHook = userHook{"uprobe", false,
		(*link.Executable).Uprobe, (*link.Executable).UprobeMulti}
	uretprobeHook = userHook{"uretprobe", true,
		(*link.Executable).Uretprobe, (*link.Executable).UretprobeMulti}
	// goReturnHook stands for the return probe of a Go program.
	goReturnHook = userHook{"uretprobe", true,
		(*link.Executable).Uprobe, (*link.Executable).UprobeMulti}
)

func (m *Module) attachUprobe(h userHook, name, symbol, function string, o *UprobeOptions) (*Link, error) {
	u := newUserPlace(h, name, symbol, o)
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.name, Target: u.String(), Function: function, Err: err}
	}
	if err := u.find(); err != nil {
		return fail(err)
	}
	p, err := m.program(function, Kprobe)
	if err != nil {
		return nil, err
	}
	if u.opts.Go {
		return m.attachGo(u, function)
	}
	c, err := u.hook.attach(u.path, u.offset, u.opts.PID, p)
	if err != nil {
		return fail(err)
	}
	return m.keepLink(&Link{hook: h.name, target: u.String(), function: function, names: u.spellings()}, c)
}

// attach puts one probe on an offset in a file.
func (h userHook) attach(path string, offset uint64, pid int, p *ebpf.Program) (io.Closer, error) {
	ex, err := link.OpenExecutable(path)
	if err != nil {
		return nil, err
	}
	l, err := h.one(ex, "", p, &link.UprobeOptions{PID: pid, Address: offset})
	if err != nil {
		return nil, uprobeRefused(path, offset, pid, err)
	}
	return l, nil
}
