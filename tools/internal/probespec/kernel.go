package probespec

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

// findKernel finds functions of the kernel.
func (p *Places) findKernel() error {
	s := p.spec
	p.what = "kernel functions"
	if err := bccgo.SupportKprobes(); err != nil {
		return s.atName(err)
	}
	if s.Address != 0 {
		return p.findAddress()
	}
	if !s.IsPattern() {
		if err := exists("kprobe:" + s.kernelName()); err != nil {
			return s.atName(err)
		}
		p.add(s.place(), p.attachKernel)
		return nil
	}
	functions, err := bccgo.KprobeFunctions(s.expression(s.Name))
	if err != nil {
		return s.atName(err)
	}
	if s.Kind == Return {
		for _, f := range functions {
			p.add(f, func(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
				return attachKernel(m, f, 0, function, returns)
			})
		}
		return nil
	}
	p.kernel, p.count = true, len(functions)
	for _, f := range functions {
		if addr, ok := bccgo.KSymName(f); ok {
			p.names[addr] = f
		}
	}
	p.programs = []program{{"PT_REGS_IP(ctx)", "", nil, p.attachKernelRe}}
	return nil
}

// kernelName is the function's name. System calls were SyS_… once, which their
// names in any kernel are not compared with.
func (s *Spec) kernelName() string {
	if call, ok := strings.CutPrefix(s.Name, "SyS_"); ok {
		return "sys_" + call
	}
	return s.Name
}

// findAddress finds the function that an address is in.
func (p *Places) findAddress() error {
	s := p.spec
	found, err := bccgo.NewSymbols(nil).Lookup(s.Address, bccgo.KernelPID)
	if err != nil {
		return s.atName(err)
	}
	if s.Kind == Return && found.Offset != 0 {
		return s.atName(fmt.Errorf("a return is that of a whole function, and this is in %s", found.Format(&bccgo.SymOptions{Offset: true})))
	}
	p.add(s.place(), func(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
		return attachKernel(m, found.Name, found.Offset, function, returns)
	})
	return nil
}

func (p *Places) attachKernel(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
	return attachKernel(m, p.spec.kernelName(), p.spec.Offset, function, returns)
}

func attachKernel(m *bccgo.Module, event string, offset uint64, function string, returns bool) (*bccgo.Link, error) {
	if returns {
		return m.AttachKretprobe(event, function, nil)
	}
	return m.AttachKprobe(event, function, &bccgo.KprobeOptions{Offset: offset})
}

func (p *Places) attachKernelRe(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
	re := p.spec.expression(p.spec.Name)
	if returns {
		return m.AttachKretprobeRe(re, function, nil)
	}
	return m.AttachKprobeRe(re, function, nil)
}

// kernelName is the function that a probe at an address belongs to. The kernel
// tells an address a few bytes into it.
func (p *Places) kernelName(addr uint64) string {
	const prologue = 16
	for start := addr; start+prologue > addr; start-- {
		if name, ok := p.names[start]; ok {
			return name
		}
	}
	return bccgo.KSym(addr, nil)
}
