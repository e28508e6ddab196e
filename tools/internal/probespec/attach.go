package probespec

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Functions returns the C functions enter_0, enter_1 and so on, which run at the
// places: each calls enter(ctx, place) with the number of the place that it was
// run at, a u64. They go behind a text that has
//
//	static inline int enter(void *ctx, u64 place)
//
// or, for functions, with a struct pt_regs *ctx.
func (p *Places) Functions() string {
	context := "struct pt_regs"
	if p.spec.Kind == Tracepoint {
		context = "void"
	}
	var b strings.Builder
	for i, program := range p.programs {
		fmt.Fprintf(&b, "\nint enter_%d(%s *ctx)\n{\n\treturn enter(ctx, %s);\n}\n", i, context, program.number)
	}
	return b.String()
}

// ReturnFunctions returns the C functions leave_0, leave_1 and so on, which run
// when places that are functions return: each calls leave(ctx, program) with the
// program's index. That of functions of user space is in their numbers, above the
// lowest 12 bits.
func (p *Places) ReturnFunctions() string {
	var b strings.Builder
	for i := range p.programs {
		fmt.Fprintf(&b, "\nint leave_%d(struct pt_regs *ctx)\n{\n\treturn leave(ctx, %d);\n}\n", i, i)
	}
	return b.String()
}

// Options are those to load the text with.
func (p *Places) Options() *bccgo.Options {
	o := &bccgo.Options{NoAutoAttach: true}
	if p.usdt != nil {
		o.USDT = []*bccgo.USDT{p.usdt}
	}
	return o
}

// Name is that of a place by the number that its program told.
func (p *Places) Name(place uint64) string {
	if p.kernel {
		return p.kernelName(place)
	}
	return cmp.Or(p.names[place], fmt.Sprintf("[place %#x]", place))
}

// Attached says what was attached to.
type Attached struct {
	Links []*bccgo.Link
	// Refused are matches of a pattern that cannot be probed.
	Refused []bccgo.ProbeCandidate
}

// Len is how many places it was attached to.
func (a *Attached) Len() int {
	n := 0
	for _, l := range a.Links {
		n += len(l.Targets())
	}
	return n
}

// Attach runs the functions of Functions at the places. Matches of a pattern
// that cannot be probed are left out, unless that leaves none. Errors are *Error.
func (p *Places) Attach(m *bccgo.Module) (*Attached, error) {
	if p.usdt != nil {
		links, err := m.AttachUSDT(p.usdt)
		if err != nil {
			return nil, p.spec.atName(err)
		}
		return &Attached{Links: links}, nil
	}
	return p.attach(m, "enter", false)
}

// AttachReturns runs the functions of ReturnFunctions. Else it is as Attach.
func (p *Places) AttachReturns(m *bccgo.Module) (*Attached, error) {
	return p.attach(m, "leave", true)
}

func (p *Places) attach(m *bccgo.Module, prefix string, returns bool) (*Attached, error) {
	a := &Attached{}
	var first error
	for i, program := range p.programs {
		link, err := program.attach(m, fmt.Sprintf("%s_%d", prefix, i), returns)
		if err == nil {
			a.Links = append(a.Links, link)
			a.Refused = append(a.Refused, link.Refused()...)
			continue
		}
		if !p.refuse(a, err) {
			return nil, p.spec.atName(err)
		}
		first = cmp.Or(first, err)
	}
	if len(a.Links) == 0 {
		return nil, p.spec.atName(first)
	}
	return a, nil
}

// refuse notes a match of a pattern that cannot be probed. It returns false for
// errors that are about more than that match.
func (p *Places) refuse(a *Attached, err error) bool {
	var here *bccgo.AttachError
	if !p.spec.IsPattern() || !errors.As(err, &here) || here.Reason() == bccgo.ReasonLimit {
		return false
	}
	var matches *bccgo.MatchError
	if errors.As(err, &matches) && len(matches.Refused) > 0 {
		a.Refused = append(a.Refused, matches.Refused...)
	} else {
		a.Refused = append(a.Refused, bccgo.ProbeCandidate{Probe: here.Target, Err: here.Err})
	}
	return true
}

// Note says with -v what was attached to, and warns of what could not be.
func (a *Attached) Note(s *toolkit.Session) {
	for _, l := range a.Links {
		places := l.Targets()
		s.Notef("%s at %d places, such as %s %s", l.Function(), len(places), l.Hook(), places[0])
	}
	for _, r := range a.Refused {
		s.Notef("not %s: %v", r.Probe, r.Err)
	}
	if n := len(a.Refused); n > 0 {
		s.Warnf("%d that match are not traced, such as %s: %v", n, a.Refused[0].Probe, a.Refused[0].Err)
	}
}
