package probespec

import "github.com/bccgo/bcc/bccgo"

// findKernel finds functions of the kernel.
func (p *Places) findKernel() error {
	s := p.spec
	p.what = "kernel functions"
	if err := bccgo.SupportKprobes(); err != nil {
		return s.atName(err)
	}
	if !s.IsPattern() {
		if err := exists("kprobe:" + s.Name); err != nil {
			return s.atName(err)
		}
		p.add(s.place(), p.attachKernel)
		return nil
	}
	functions, err := bccgo.KprobeFunctions(s.expression(s.Name))
	if err != nil {
		return s.atName(err)
	}
	p.kernel, p.count = true, len(functions)
	for _, f := range functions {
		if addr, ok := bccgo.KSymName(f); ok {
			p.names[addr] = f
		}
	}
	p.programs = []program{{"PT_REGS_IP(ctx)", p.attachKernelRe}}
	return nil
}

func (p *Places) attachKernel(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error) {
	if returns {
		return m.AttachKretprobe(p.spec.Name, function, nil)
	}
	return m.AttachKprobe(p.spec.Name, function, &bccgo.KprobeOptions{Offset: p.spec.Offset})
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
