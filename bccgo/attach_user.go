package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Errors of user-space probes.
type (
	// SymbolError means that a file has no such function to probe.
	SymbolError = elfsym.SymbolError
	// FileError means that no library or program of a name was found.
	FileError = elfsym.LibraryError
	// GoUretprobeError refuses a return probe on a Go program, which it would
	// crash.
	GoUretprobeError = elfsym.GoUretprobeError
	// UnsupportedError means that the running kernel lacks a feature.
	UnsupportedError = probe.UnsupportedError
	// KprobeError means that a kernel function cannot be probed, and why.
	KprobeError = probe.KprobeError
	// UnknownHookError means that the kernel has no tracepoint of a name.
	UnknownHookError = probe.UnknownError
)

// UprobeOptions refine a uprobe. nil means at the function's start, in every
// process.
type UprobeOptions struct {
	// PID restricts the probe to a process, and names are looked up as that
	// process sees them. 0 means every process.
	PID int
	// Offset is added to the function's address, in bytes.
	Offset uint64
	// Address is a file offset to probe in place of a symbol.
	Address uint64
}

// AttachUprobe runs a function whenever a function of a program or library is
// entered. name is a path, or a library's or program's name ("c", "bash");
// symbol is a function's name in its symbol tables.
//
// It needs uprobes in the kernel. Errors are *AttachError around *FileError,
// *SymbolError or *UnsupportedError.
func (m *Module) AttachUprobe(name, symbol, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobe("uprobe", name, symbol, function, o, (*link.Executable).Uprobe)
}

// AttachUretprobe runs a function whenever a function of a program or library
// returns. Go programs are refused with a *GoUretprobeError.
func (m *Module) AttachUretprobe(name, symbol, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobe("uretprobe", name, symbol, function, o, (*link.Executable).Uretprobe)
}

type attachUprobeFunc func(ex *link.Executable, symbol string, p *ebpf.Program, o *link.UprobeOptions) (link.Link, error)

func (m *Module) attachUprobe(hook, name, symbol, function string, o *UprobeOptions, attach attachUprobeFunc) (*Link, error) {
	if o == nil {
		o = new(UprobeOptions)
	}
	place := userPlace{hook: hook, name: name, symbol: symbol, opts: *o}
	if err := place.find(); err != nil {
		return nil, &AttachError{Hook: hook, Target: place.String(), Function: function, Err: err}
	}
	p, err := m.program(function, Kprobe)
	if err != nil {
		return nil, err
	}
	ex, err := link.OpenExecutable(place.path)
	if err != nil {
		return nil, &AttachError{Hook: hook, Target: place.String(), Function: function, Err: err}
	}
	l, err := attach(ex, symbol, p, &link.UprobeOptions{PID: o.PID, Address: place.offset})
	if err != nil {
		return nil, &AttachError{Hook: hook, Target: place.String(), Function: function, Err: err}
	}
	return m.keep(hook, place.String(), function, l)
}

// userPlace is a place in a program or library.
type userPlace struct {
	hook, name, symbol string
	opts               UprobeOptions

	path   string
	offset uint64
}

func (u *userPlace) String() string {
	at := u.symbol
	if u.opts.Address != 0 {
		at = fmt.Sprintf("%#x", u.opts.Address)
	}
	if u.opts.Offset != 0 {
		at += fmt.Sprintf("+%#x", u.opts.Offset)
	}
	return u.name + ":" + at
}

// find sets the file's path and the offset in it.
func (u *userPlace) find() error {
	err := probe.Running().UprobesSupported()
	if err != nil {
		return err
	}
	if u.path, err = elfsym.Find(rootfs.Live, u.name, u.opts.PID); err != nil {
		return err
	}
	if u.hook == "uretprobe" {
		if err := elfsym.CheckUretprobe(u.path); err != nil {
			return err
		}
	}
	u.offset = u.opts.Address
	if u.offset == 0 {
		if u.symbol == "" {
			return errors.New("neither a symbol nor an address is given")
		}
		if u.offset, err = elfsym.IndirectOffset(rootfs.Live, u.path, u.symbol, u.opts.PID); err != nil {
			return err
		}
	}
	u.offset += u.opts.Offset
	return nil
}
