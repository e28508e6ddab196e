package probespec

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Places are what a text means on this machine, each with a number of its own.
// That number is what programs count by.
//
// Kernel functions that a pattern matches share one program: the number is the
// address that it is run at. So one link serves them all where the kernel has
// kprobe_multi. Their returns, which have another address, have a program each. Of functions of user space, whose addresses differ from process
// to process, those share a program that lie at different places of a page, for
// that part of the address is the same everywhere. Tracepoints and static probes
// have a program each.
type Places struct {
	spec *Spec
	pid  int
	// label is a part of the names of its functions.
	label string
	// declares are the tracepoints whose records' types its functions declare.
	declares map[string]bool
	// what they are, in the plural.
	what     string
	programs []program
	// names are those of places by their numbers.
	names map[uint64]string
	// kernel tells that numbers are addresses in the kernel.
	kernel bool
	file   file
	usdt   *bccgo.USDT
	count  int
}

// pageBits is the size of the smallest page. Numbers of programs begin above it.
const pageBits = 12

// program is a C function, enter_N by its index, and where it is to run.
type program struct {
	// number is the C expression for the place's number.
	number string
	// of is the place, empty if there are several; args are its arguments' types.
	of     string
	args   []string
	attach func(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error)
}

// Find finds the places, of one process if pid is not 0. Errors are *Error
// around the reason: *TooManyError, *NoMatchError, or one of the library's that
// has the nearest names; and those about the process.
func (s *Spec) Find(pid int) (*Places, error) {
	p, err := s.find("", pid)
	if err == nil {
		new(Set).declare(p)
	}
	return p, err
}

// find finds the places for a program of whose functions the names have a label.
func (s *Spec) find(label string, pid int) (*Places, error) {
	p := &Places{spec: s, pid: pid, label: label, names: make(map[uint64]string)}
	if err := p.checkPID(); err != nil {
		return nil, err
	}
	find := p.findKernel
	switch {
	case s.Kind == Tracepoint:
		find = p.findTracepoints
	case s.Kind == Static:
		find = p.findStatic
	case s.Library != "":
		find = p.findUser
	}
	if err := find(); err != nil {
		return nil, err
	}
	return p, p.checkLimit()
}

// checkPID refuses processes that cannot be told from others.
func (p *Places) checkPID() error {
	if p.pid == 0 {
		return nil
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", p.pid)); p.pid < 0 || err != nil {
		return fmt.Errorf("--pid %d: there is no such process", p.pid)
	}
	if p.InKernel() && toolkit.KernelPID(p.pid) == 0 {
		return fmt.Errorf("--pid %d: this is a PID namespace of its own, where the kernel's number of the process is not known: "+
			"run it in the initial namespace", p.pid)
	}
	return nil
}

func (p *Places) checkLimit() error {
	limit := bccgo.ProbeLimit()
	switch {
	case p.count > limit:
		return p.spec.atName(&TooManyError{What: p.what, Matches: p.count, Limit: limit})
	case p.count == 0:
		return p.spec.atName(&NoMatchError{What: strings.TrimSuffix(p.what, "s"), In: p.file.path})
	}
	return nil
}

// add adds a place with a program of its own.
func (p *Places) add(name string, attach func(m *bccgo.Module, function string, returns bool) (*bccgo.Link, error)) {
	number := uint64(len(p.programs)) << pageBits
	p.names[number] = name
	p.programs = append(p.programs, program{fmt.Sprintf("%#xULL", number), name, nil, attach})
	p.count++
}

// Len is how many places there are.
func (p *Places) Len() int { return p.count }

// InKernel tells that they are the kernel's: its functions or tracepoints.
func (p *Places) InKernel() bool {
	return p.spec.Kind == Tracepoint || p.spec.Kind != Static && p.spec.Library == ""
}

// Slots is a size for tables with an entry for each place. It is a power of two,
// so that other patterns find the same program in the cache.
func (p *Places) Slots() int {
	slots := 64
	for slots < p.count {
		slots *= 2
	}
	return slots
}

// What is what the places are, in the plural: "functions".
func (p *Places) What() string { return p.what }

// findTracepoints finds those of the kernel.
func (p *Places) findTracepoints() error {
	s := p.spec
	p.what = "tracepoints"
	names := []string{s.Group + ":" + s.Name}
	var err error
	if s.IsPattern() {
		names, err = bccgo.Tracepoints(fmt.Sprintf("(?:%s):(?:%s)", s.expression(s.Group), s.expression(s.Name)))
	} else {
		err = exists("tracepoint:" + names[0])
	}
	if err != nil {
		return s.atName(err)
	}
	for _, name := range names {
		p.add(name, func(m *bccgo.Module, function string, _ bool) (*bccgo.Link, error) {
			return m.AttachTracepoint(name, function)
		})
	}
	return nil
}

// exists returns why there is no such probe, with the names that come near.
func exists(probeText string) error {
	_, err := bccgo.FirstProbe(probeText)
	var none *bccgo.NoProbeError
	if errors.As(err, &none) && len(none.Candidates) == 1 {
		return none.Candidates[0].Err
	}
	return err
}
