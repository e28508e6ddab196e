package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is what is loaded: the text is put together of what the flags ask for.
type plan struct {
	*options
	language  string
	process   *runtimes.Process // nil without language
	without   error             // why there is none, if nobody asked for none
	text      string
	defines   map[string]string
	kernelPID uint32
}

func (o *options) prepare() (*plan, error) {
	p := &plan{options: o, language: none, text: toolkit.MissedC + runtimes.TotalC + baseC, defines: make(map[string]string)}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", o.pid)); err != nil {
		return nil, fmt.Errorf("process %d: there is no such process", o.pid)
	}
	if o.latency {
		p.defines["LATENCY"] = ""
	}
	if o.choice.Language != none {
		if err := p.addMethods(); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	if o.syscalls {
		p.text += syscallsC
		if p.kernelPID = toolkit.KernelPID(o.pid); p.kernelPID == 0 {
			return nil, errors.Join(errors.New("--syscalls: in a PID namespace of its own the tool does not know processes by the kernel's numbers: start it outside"), p.close())
		}
	}
	return p, nil
}

// addMethods finds the runtime and adds the handlers of its probes. Without one
// system calls may still be counted.
func (p *plan) addMethods() error {
	languages := runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Methods != nil })
	process, err := runtimes.Find(p.pid, p.choice.Language, languages)
	var unknown *runtimes.UnknownError
	var none *runtimes.NoProbesError
	if p.syscalls && p.choice.Language == "" && (errors.As(err, &unknown) || errors.As(err, &none)) {
		p.without = err
		return nil
	}
	if err != nil {
		return err
	}
	p.process, p.language = process, process.Runtime.Language
	p.text += runtimes.TextC + runtimes.MethodC + methodsC
	for i, method := range process.Runtime.Methods {
		for _, h := range p.handlers(method) {
			function := fmt.Sprintf("on_%s_%d", h.then, i)
			p.text += method.Handler(function, h.then)
			if err := process.Enable(h.probe, function); err != nil {
				return err
			}
		}
	}
	return nil
}

type handler struct{ probe, then string }

// handlers are the probes of a method that are needed, and what they do.
func (p *plan) handlers(m runtimes.Method) []handler {
	switch {
	case p.latency:
		return []handler{{m.Entry, "enter"}, {m.Return, "leave"}}
	case m.ReturnsOnly:
		return []handler{{m.Return, "count"}}
	}
	return []handler{{m.Entry, "count"}}
}

func (p *plan) load() *bccgo.Options {
	o := &bccgo.Options{Defines: p.defines}
	if p.process != nil {
		o.USDT = []*bccgo.USDT{p.process.USDT}
	}
	return o
}

// remark tells of what may keep methods from being seen.
func (p *plan) remark(s *toolkit.Session) {
	if p.without != nil {
		s.Warnf("system calls alone: %v", p.without)
	}
	if p.process == nil {
		return
	}
	if why := p.process.Silence(runtimes.Calls); why != "" {
		s.Warnf("%s", why)
	}
}

func (p *plan) close() error {
	if p.process == nil {
		return nil
	}
	return p.process.USDT.Close()
}
