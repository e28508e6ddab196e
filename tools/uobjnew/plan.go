package main

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is what is loaded.
type plan struct {
	language string
	text     string
	process  *runtimes.Process // nil for C
	malloc   runtimes.Place    // for C
}

// parse checks the flags and reads the arguments.
func (o *options) parse(args []string) (err error) {
	if err := o.choice.Check(); err != nil {
		return err
	}
	switch {
	case o.topCount < 0 || o.topSize < 0:
		return errors.New("--top-count, --top-size: want a number above 0")
	case o.topCount > 0 && o.topSize > 0:
		return errors.New("--top-count and --top-size: give one of them")
	}
	if o.pid, err = runtimes.PIDArg(args); err != nil {
		return err
	}
	o.interval, err = runtimes.IntervalArg(args, 1)
	return err
}

func (o *options) prepare() (*plan, error) {
	p := &plan{language: cOnly, text: toolkit.MissedC + runtimes.TextC + runtimes.ObjectC + runtimes.TotalC + program}
	if o.choice.Language == cOnly {
		return p, p.addMalloc(o.pid)
	}
	process, err := runtimes.Find(o.pid, o.choice.Language, making())
	if unknown := (*runtimes.UnknownError)(nil); errors.As(err, &unknown) {
		return p, p.addMalloc(o.pid)
	}
	if err != nil {
		return nil, err
	}
	p.process, p.language = process, process.Runtime.Language
	for i, object := range process.Runtime.Objects {
		function := fmt.Sprintf("on_object_%d", i)
		p.text += object.Handler(function, "made", i)
		if err := process.Enable(object.Probe, function); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

func (p *plan) addMalloc(pid int) (err error) {
	p.text += mallocC
	p.malloc, err = runtimes.FindFunction(pid, "malloc", "c")
	return err
}

func (p *plan) load() *bccgo.Options {
	if p.process == nil {
		return nil
	}
	return &bccgo.Options{USDT: []*bccgo.USDT{p.process.USDT}}
}

func (p *plan) attach(s *toolkit.Session, m *bccgo.Module) error {
	if p.process != nil {
		return nil // its probes are attached
	}
	link, err := m.AttachUprobe(p.malloc.Name, "malloc", "enter_malloc", &bccgo.UprobeOptions{PID: p.malloc.PID})
	if err != nil {
		return err
	}
	s.Notef("%v", link)
	return nil
}

// kinds are the names of what the probes tell of, "" for those that tell a type.
func (p *plan) kinds() (list []string) {
	if p.process == nil {
		return nil
	}
	for _, o := range p.process.Runtime.Objects {
		list = append(list, o.Name)
	}
	return list
}

// remark tells of what may keep objects from being seen.
func (p *plan) remark(s *toolkit.Session) {
	if p.process == nil {
		return
	}
	if why := p.process.Silence(runtimes.Objects); why != "" {
		s.Warnf("%s", why)
	}
}

func (p *plan) close() error {
	if p.process == nil {
		return nil
	}
	return p.process.USDT.Close()
}
