package bccgo

import (
	"cmp"
	"errors"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// AttachKprobeRe runs a function whenever one of the kernel functions is
// entered whose whole name matches a regular expression in Go's syntax.
//
// Matches are taken from KprobeFunctions; a function with several names is
// attached to once. Where the kernel has kprobe_multi (Linux 5.18,
// CONFIG_FPROBE), one kernel link serves them all. Otherwise, and with options,
// each has a probe of its own and counts for ProbeLimit; that takes a while for
// hundreds, and a terminal is told. The Link lists Targets and, should some have
// failed, what was Refused.
//
// In the C text, the arguments (PT_REGS_PARM1…) and bpf_get_func_ip(ctx), the
// function's address (Linux 5.17), are the same both ways. PT_REGS_IP is an
// address a few bytes into the function, which symbol names are found by as
// well.
//
// Errors are *AttachError around *MatchError if nothing matched or no match
// could be attached to, *ProbeLimitError, or as for AttachKprobe.
func (m *Module) AttachKprobeRe(re, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobeRe(kprobeHook, re, function, o)
}

// AttachKretprobeRe is AttachKprobeRe for returns. PT_REGS_RC is the result;
// bpf_get_func_ip tells which function it is of, PT_REGS_IP does not.
func (m *Module) AttachKretprobeRe(re, function string, o *KprobeOptions) (*Link, error) {
	return m.attachKprobeRe(kretprobeHook, re, function, o)
}

// canKprobeMulti is replaced by tests, to have many links on any kernel.
var canKprobeMulti = SupportKprobeMulti

func (m *Module) attachKprobeRe(h kernelHook, re, function string, o *KprobeOptions) (*Link, error) {
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.name, Target: re, Function: function, Err: err}
	}
	a, err := newKprobesAttach(h, re, o)
	if err != nil {
		return fail(err)
	}
	if a.program, err = m.programAs(function, a.as); err != nil {
		return nil, err
	}
	if err := a.attach(); err != nil {
		return fail(errors.Join(err, a.group.Close()))
	}
	return m.keepLink(&Link{hook: h.name, target: re, function: function, probes: len(a.group.parts),
		targets: a.group.names(), refused: a.refused}, &a.group)
}

// newKprobesAttach checks what it is given and chooses the way to attach.
func newKprobesAttach(h kernelHook, re string, o *KprobeOptions) (*kprobesAttach, error) {
	opts, err := h.options(o)
	if err != nil {
		return nil, err
	}
	pattern, err := wholeName(re)
	if err != nil {
		return nil, err
	}
	a := &kprobesAttach{hook: h, re: re, pattern: pattern, opts: opts, as: loadAs{typ: Kprobe}}
	if *opts == (link.KprobeOptions{}) && canKprobeMulti() == nil {
		a.as.attach = ebpf.AttachTraceKprobeMulti
		return a, nil
	}
	return a, probe.Running().KprobesSupported()
}

// oncePerAddress keeps one name of each function, in the order of names.
func oncePerAddress(functions []probe.Function) []probe.Function {
	slices.SortStableFunc(functions, func(a, b probe.Function) int { return cmp.Compare(a.Name, b.Name) })
	seen := make(map[uint64]bool)
	return slices.DeleteFunc(functions, func(f probe.Function) bool {
		again := f.Addr != 0 && seen[f.Addr]
		seen[f.Addr] = true
		return again
	})
}
