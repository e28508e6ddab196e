package bccgo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// kprobesAttach attaches a program to many kernel functions.
type kprobesAttach struct {
	hook    kernelHook
	re      string
	pattern *regexp.Regexp // of whole names
	opts    *link.KprobeOptions
	as      loadAs
	program *ebpf.Program

	functions []probe.Function

	group   group
	refused []ProbeCandidate
}

// attach finds the functions and attaches to them, at least to one.
func (a *kprobesAttach) attach() error {
	functions, err := probe.Running().KprobeFunctions(a.pattern.Match)
	if err != nil {
		return err
	}
	a.functions = oncePerAddress(functions)
	attach := a.oneByOne
	if a.as.attach == ebpf.AttachTraceKprobeMulti {
		attach = a.together
	}
	if err := attach(); err != nil {
		return err
	}
	if len(a.group.parts) == 0 {
		return &MatchError{Kind: "kernel function", Pattern: a.re, Refused: a.refused}
	}
	return nil
}

func (a *kprobesAttach) refuse(f probe.Function, err error) {
	a.refused = append(a.refused, ProbeCandidate{Probe: a.hook.name + ":" + f.Name, Err: err})
}

// together attaches through kprobe_multi links: one, unless some functions are
// refused.
func (a *kprobesAttach) together() error {
	a.group.attach = a.multi
	return a.halves(a.functions)
}

// halves makes one link for all functions. The kernel takes all or none, and
// does not say which one it refuses: so if it does, each half is tried, and the
// half of that.
func (a *kprobesAttach) halves(functions []probe.Function) error {
	if len(functions) == 0 {
		return nil
	}
	c, err := a.multi(functions)
	switch {
	case err == nil:
		a.group.add(c, functions...)
		return nil
	case !isAboutPlace(err):
		return err
	case len(functions) == 1:
		a.refuse(functions[0], err)
		return nil
	}
	half := len(functions) / 2
	if err := a.halves(functions[:half]); err != nil {
		return err
	}
	return a.halves(functions[half:])
}

// isAboutPlace reports whether another place may be taken where one was refused.
func isAboutPlace(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EADDRNOTAVAIL)
}

// multi makes one link, by addresses if they are known: names can be those of
// several functions, and of modules some kernels do not find them.
func (a *kprobesAttach) multi(functions []probe.Function) (io.Closer, error) {
	var o link.KprobeMultiOptions
	for _, f := range functions {
		if f.Addr == 0 {
			return a.hook.many(a.program, link.KprobeMultiOptions{Symbols: namesOf(functions)})
		}
		o.Addresses = append(o.Addresses, uintptr(f.Addr))
	}
	return a.hook.many(a.program, o)
}

// oneByOne gives each function a probe of its own.
func (a *kprobesAttach) oneByOne() error {
	if err := checkProbes(len(a.functions)); err != nil {
		return err
	}
	defer showProgress(fmt.Sprintf("attaching to %d kernel functions one by one", len(a.functions)))()
	names := make(map[string]int)
	for _, f := range a.functions {
		names[f.Name]++
	}
	for _, f := range a.functions {
		c, err := a.single(f, names[f.Name] == 1)
		if err != nil {
			a.refuse(f, err)
			continue
		}
		a.group.add(c, f)
	}
	return nil
}

// single attaches to one function: by name, unless that could be another one.
func (a *kprobesAttach) single(f probe.Function, byName bool) (io.Closer, error) {
	if byName || f.Addr == 0 || a.opts.RetprobeMaxActive != 0 {
		return a.hook.one(f.Name, a.program, a.opts)
	}
	return a.hook.attachAddress(f.Addr+a.opts.Offset, a.program)
}

// namesOf lists the names of functions, each once, in their order.
func namesOf(functions []probe.Function) []string {
	seen := make(map[string]bool)
	var names []string
	for _, f := range functions {
		if !seen[f.Name] {
			seen[f.Name] = true
			names = append(names, f.Name)
		}
	}
	return names
}
