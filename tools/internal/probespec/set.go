package probespec

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// Set are the places of several texts that one program traces. Their functions have
// names of their own, and must be written in the order in which the texts were
// found. The zero Set is empty.
type Set struct {
	all     []*Places
	records map[string]bool
}

// Find adds the places of a text; see Spec.Find.
func (x *Set) Find(s *Spec, pid int) (*Places, error) {
	p, err := s.find(fmt.Sprint(len(x.all)), pid)
	if err != nil {
		return nil, err
	}
	x.declare(p)
	x.all = append(x.all, p)
	return p, nil
}

// Assume adds a function as if it was there, for C text that is only compiled.
func (x *Set) Assume(s *Spec) *Places {
	p := &Places{spec: s, label: fmt.Sprint(len(x.all)), names: make(map[uint64]string)}
	p.add(s.place(), nil)
	x.all = append(x.all, p)
	return p
}

// declare has the places declare the records of tracepoints that are new.
func (x *Set) declare(p *Places) {
	if p.spec.Kind != Tracepoint {
		return
	}
	if x.records == nil {
		x.records = make(map[string]bool)
	}
	p.declares = make(map[string]bool)
	for _, program := range p.programs {
		p.declares[program.of] = !x.records[program.of]
		x.records[program.of] = true
	}
}

// Places are those of each text, in order.
func (x *Set) Places() []*Places { return x.all }

// Options are those to load a text with the functions of all places with.
func (x *Set) Options() *bccgo.Options {
	o := &bccgo.Options{NoAutoAttach: true}
	for _, p := range x.all {
		if p.usdt != nil {
			o.USDT = append(o.USDT, p.usdt)
		}
	}
	return o
}
