package bccgo

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// AttachUprobeRe runs a function whenever one of the functions of a program or
// library is entered whose whole name matches a regular expression in Go's
// syntax. name is as for AttachUprobe; the options may have a PID and Go only.
//
// Matches are taken from the file's symbol tables (UserFunctions); a function
// with several names is attached to once. Where the kernel has uprobe_multi
// (SupportUprobeMulti; with a PID from Linux 6.10 on, as before only the
// process's first thread was seen), one kernel link serves them all. Otherwise
// each has a probe of its own and counts for ProbeLimit. The Link lists Targets
// and, should some have failed, what was Refused. The C text is the same both
// ways; bpf_get_func_ip(ctx), the function's address in the process, needs
// Linux 6.6 in any case.
//
// Errors are *AttachError around *MatchError if nothing matched or no match
// could be attached to, *ProbeLimitError, or as for AttachUprobe.
func (m *Module) AttachUprobeRe(name, re, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobeRe(uprobeHook, name, re, function, o)
}

// AttachUretprobeRe is AttachUprobeRe for returns.
func (m *Module) AttachUretprobeRe(name, re, function string, o *UprobeOptions) (*Link, error) {
	return m.attachUprobeRe(uretprobeHook, name, re, function, o)
}

// SupportUprobeMulti returns nil where the kernel can attach a function to many
// places of user space by one link (Linux 6.6). Otherwise the error is an
// *UnsupportedError; Module.AttachUprobeRe works without.
func SupportUprobeMulti() error {
	err := features.HaveBPFLinkUprobeMulti()
	if !errors.Is(err, ebpf.ErrNotSupported) {
		return err
	}
	return &UnsupportedError{Feature: "uprobe_multi links", Reason: err.Error(),
		Fix: "AttachUprobeRe puts a probe on each function instead"}
}

// uprobeMulti tells whether to use uprobe_multi. Tests replace it.
var uprobeMulti = func(pid int) bool {
	version, err := probe.Running().Version()
	if pid != 0 && (err != nil || !version.AtLeast(6, 10)) {
		return false
	}
	return SupportUprobeMulti() == nil
}

// uprobesAttach is on the way to attach a function to many places of a file.
type uprobesAttach struct {
	userPlace
	// offsets are the places of each target.
	offsets map[string][]uint64
	refused []ProbeCandidate
	group   group
	// many makes one kernel link for some places, where the kernel can.
	many func(offsets []uint64) (io.Closer, error)
}

func (m *Module) attachUprobeRe(h userHook, name, re, function string, o *UprobeOptions) (*Link, error) {
	a := &uprobesAttach{userPlace: *newUserPlace(h, name, re, o), offsets: make(map[string][]uint64)}
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.name, Target: a.String(), Function: function, Err: err}
	}
	if err := a.findAll(re); err != nil {
		return fail(err)
	}
	if err := a.attach(m, function); err != nil {
		return fail(err)
	}
	if len(a.group.parts) == 0 {
		return fail(&MatchError{Kind: "function", Pattern: re, Refused: a.refused})
	}
	return m.keepLink(&Link{hook: h.name, target: a.String(), function: function, names: []string{a.in(a.path)},
		targets: a.group.names(), refused: a.refused, probes: len(a.group.parts)}, &a.group)
}

func (a *uprobesAttach) attach(m *Module, function string) error {
	if uprobeMulti(a.opts.PID) {
		return a.together(m, function)
	}
	return a.oneByOne(m, function)
}

// findAll finds the places: each offset once, under the first of its names.
func (a *uprobesAttach) findAll(re string) error {
	pattern, err := wholeName(re)
	if err != nil {
		return err
	}
	if a.opts.Offset != 0 || a.opts.Address != 0 || a.opts.FileOffset != 0 {
		return errors.New("a regular expression goes with neither Offset, Address nor FileOffset")
	}
	b, err := a.open()
	if err != nil {
		return err
	}
	if len(b.Symbols()) == 0 {
		_, err := b.Lookup(re) // says what is missing
		return err
	}
	seen := make(map[uint64]bool)
	for _, s := range byName(b.Match(pattern)) {
		target := a.target(s.Name)
		offsets, err := a.placesOf(b, s)
		switch {
		case err != nil:
			a.refuse(target, err)
		case !seen[offsets[0]]:
			seen[offsets[0]] = true
			a.offsets[target] = append(a.offsets[target], offsets...)
		}
	}
	return nil
}

func byName(symbols []elfsym.Symbol) []elfsym.Symbol {
	slices.SortStableFunc(symbols, func(x, y elfsym.Symbol) int { return cmp.Compare(x.Name, y.Name) })
	return symbols
}

func (a *uprobesAttach) target(symbol string) string {
	return a.path + ":" + symbol + inProcess(a.opts.PID)
}

func (a *uprobesAttach) refuse(target string, err error) {
	a.refused = append(a.refused, ProbeCandidate{Probe: a.hook.name + ":" + target, Err: err})
}

// functions are the targets in the form that groups keep.
func (a *uprobesAttach) functions() []probe.Function {
	var list []probe.Function
	for target := range a.offsets {
		list = append(list, probe.Function{Name: target})
	}
	slices.SortFunc(list, func(x, y probe.Function) int { return cmp.Compare(x.Name, y.Name) })
	return list
}

// together attaches through uprobe_multi links: one, unless some functions are
// refused.
func (a *uprobesAttach) together(m *Module, function string) error {
	p, err := m.programAs(function, loadAs{typ: Kprobe, attach: ebpf.AttachTraceUprobeMulti})
	if err != nil || len(a.offsets) == 0 {
		return err
	}
	ex, err := link.OpenExecutable(a.path)
	if err != nil {
		return err
	}
	a.many = func(offsets []uint64) (io.Closer, error) {
		return a.hook.many(ex, nil, p, &link.UprobeMultiOptions{Addresses: offsets, PID: uint32(a.opts.PID)})
	}
	a.group.attach = func(functions []probe.Function) (io.Closer, error) {
		var offsets []uint64
		for _, f := range functions {
			offsets = append(offsets, a.offsets[f.Name]...)
		}
		return a.many(offsets)
	}
	return a.halves(a.functions())
}

// halves makes one link for all functions, or, as the kernel takes all or none
// and does not say which one it refuses, one for each half, and so on.
func (a *uprobesAttach) halves(functions []probe.Function) error {
	c, err := a.group.attach(functions)
	switch {
	case err == nil:
		a.group.add(c, functions...)
		return nil
	case !isAboutCode(err):
		return uprobeRefused(a.path, 0, a.opts.PID, err)
	case len(functions) == 1:
		a.refuse(functions[0].Name, a.refusedOne(functions[0], err))
		return nil
	}
	half := len(functions) / 2
	if err := a.halves(functions[:half]); err != nil {
		return err
	}
	return a.halves(functions[half:])
}

// refusedOne says which place of a function was refused.
func (a *uprobesAttach) refusedOne(f probe.Function, err error) error {
	offsets := a.offsets[f.Name]
	for _, offset := range offsets[:len(offsets)-1] {
		c, err := a.many([]uint64{offset})
		if err != nil {
			return uprobeRefused(a.path, offset, a.opts.PID, err)
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	return uprobeRefused(a.path, offsets[len(offsets)-1], a.opts.PID, err)
}

// isAboutCode reports whether another place may be taken where one was refused:
// for another program's semaphore (EINVAL), or an instruction that the kernel
// cannot run elsewhere.
func isAboutCode(err error) bool {
	const notSupported = syscall.Errno(524) // the kernel's own ENOTSUPP
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOEXEC) || errors.Is(err, unix.EIO) || errors.Is(err, notSupported)
}

// oneByOne puts a probe on each function.
func (a *uprobesAttach) oneByOne(m *Module, function string) error {
	p, err := m.program(function, Kprobe)
	if err != nil {
		return err
	}
	n := 0
	for _, offsets := range a.offsets {
		n += len(offsets)
	}
	if err := checkProbes(n); err != nil {
		return err
	}
	for _, f := range a.functions() {
		parts, err := a.each(f, p)
		if err != nil {
			a.refuse(f.Name, err)
		}
		a.group.parts = append(a.group.parts, parts...)
	}
	return nil
}

// each puts a probe on all places of a function, or on none.
func (a *uprobesAttach) each(f probe.Function, p *ebpf.Program) ([]groupPart, error) {
	var g group
	for _, offset := range a.offsets[f.Name] {
		c, err := a.hook.attach(a.path, offset, a.opts.PID, p)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("at %#x: %w", offset, err), g.Close())
		}
		g.add(c, f)
	}
	return g.parts, nil
}
