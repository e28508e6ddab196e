package probespec

import (
	"cmp"
	"errors"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

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

// Attach runs the functions of Programs at the places: at the returns of functions
// if the text asked for these. Matches of a pattern that cannot be probed are left
// out, unless that leaves none. Errors are *Error.
func (p *Places) Attach(m *bccgo.Module) (*Attached, error) {
	if p.usdt != nil {
		links, err := m.AttachUSDT(p.usdt)
		if err != nil {
			return nil, p.spec.atName(err)
		}
		return &Attached{Links: links}, nil
	}
	return p.attach(m, "enter", p.spec.Kind == Return)
}

// AttachEntries runs the functions of EntryPrograms where the functions begin whose
// returns the text asked for. Else it is as Attach.
func (p *Places) AttachEntries(m *bccgo.Module) (*Attached, error) {
	return p.attach(m, "begin", false)
}

// AttachReturns runs the functions of ReturnPrograms. Else it is as Attach.
func (p *Places) AttachReturns(m *bccgo.Module) (*Attached, error) {
	return p.attach(m, "leave", true)
}

func (p *Places) attach(m *bccgo.Module, prefix string, returns bool) (*Attached, error) {
	a := &Attached{}
	var first error
	for i, program := range p.programs {
		link, err := program.attach(m, p.function(prefix, i), returns)
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
