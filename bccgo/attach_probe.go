package bccgo

import (
	"errors"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// ProbeTextError means that a probe text cannot be read; it shows how one
// looks.
type ProbeTextError = probe.PlaceError

// Attach runs a function at the place that a probe text names:
//
//	kprobe:FUNCTION[+OFFSET]       as AttachKprobe
//	kretprobe:FUNCTION             as AttachKretprobe
//	tracepoint:CATEGORY:EVENT      as AttachTracepoint
//	raw_tracepoint:EVENT           as AttachRawTracepoint
//	uprobe:FILE:FUNCTION[+OFFSET]  as AttachUprobe
//	uretprobe:FILE:FUNCTION        as AttachUretprobe
//	usdt:FILE:[PROVIDER:]NAME      a static probe, in every process
//
// A kernel FUNCTION may be MODULE:FUNCTION; FILE is a path, or the name of a
// library or program. At a static probe the function cannot read arguments: those
// are compiled for probes that a USDT has enabled (Options.USDT). A text that cannot be read is a
// *ProbeTextError; other errors are those of the named methods.
func (m *Module) Attach(probeText, function string) (*Link, error) {
	p, err := probe.ParsePlace(probeText)
	if err != nil {
		return nil, err
	}
	return m.attachPlace(p, function)
}

func (m *Module) attachPlace(p probe.Place, function string) (*Link, error) {
	switch p.Kind {
	case probe.KretprobePlace:
		return m.AttachKretprobe(p.Name, function, nil)
	case probe.TracepointPlace:
		return m.AttachTracepoint(p.Category+":"+p.Name, function)
	case probe.RawTracepointPlace:
		return m.AttachRawTracepoint(p.Name, function)
	case probe.UprobePlace:
		return m.AttachUprobe(p.Category, p.Name, function, &UprobeOptions{Offset: p.Offset})
	case probe.UretprobePlace:
		return m.AttachUretprobe(p.Category, p.Name, function, nil)
	case probe.USDTPlace:
		return m.attachStatic(staticPlace{p.Category, p.Name}, function)
	}
	return m.AttachKprobe(p.Name, function, &KprobeOptions{Offset: p.Offset})
}

// userProbe is a place in user space, nil for one in the kernel.
func userProbe(p probe.Place) interface{ find() error } {
	switch p.Kind {
	case probe.UprobePlace:
		return newUserPlace(uprobeHook, p.Category, p.Name, &UprobeOptions{Offset: p.Offset})
	case probe.UretprobePlace:
		return newUserPlace(uretprobeHook, p.Category, p.Name, nil)
	case probe.USDTPlace:
		return staticPlace{p.Category, p.Name}
	}
	return nil
}

// has reports whether a probe can be put at a place.
func has(look *probe.Look, p probe.Place) bool {
	if u := userProbe(p); u != nil {
		return u.find() == nil
	}
	return look.Has(p)
}

// whyNot is the reason why no probe can be put at a place, nil if one can.
func whyNot(look *probe.Look, p probe.Place) error {
	if u := userProbe(p); u != nil {
		return u.find()
	}
	return look.Why(p)
}

// FirstProbe returns the first of the probe texts whose place the running
// kernel has. Nothing is attached, so it can choose before a text is compiled;
// a TRACEPOINT_PROBE of a tracepoint that is missing does not compile. If there
// is none, the error is a *NoProbeError with the reason for each.
//
// Places are looked up in tracefs, /proc/kallsyms, the kernel's list of
// forbidden functions where debugfs is mounted, and the files of user space. What
// the kernel's lists said is kept in the cache until the next boot or the next
// change of its modules.
func FirstProbe(probeTexts ...string) (string, error) {
	places, err := parsePlaces(probeTexts)
	if err != nil {
		return "", err
	}
	look, done := lookAt(places)
	defer done()
	for i, p := range places {
		if has(look, p) {
			return probeTexts[i], nil
		}
	}
	none := &NoProbeError{Op: "choose a probe"}
	for i, p := range places {
		none.add(probeTexts[i], whyNot(look, p))
	}
	return "", none
}

// AttachFirst runs a function at the first of the probe texts where it can be
// attached. If there is none, the error is a *NoProbeError with the reason for
// each. A function that the verifier refuses ends the search with that error.
func (m *Module) AttachFirst(function string, probeTexts ...string) (*Link, error) {
	places, err := parsePlaces(probeTexts)
	if err != nil {
		return nil, err
	}
	look, done := lookAt(places)
	defer done()
	refused := make(map[int]error)
	for i, p := range places {
		if !has(look, p) {
			continue
		}
		l, err := m.attachPlace(p, function)
		var here *AttachError
		if err == nil || !errors.As(err, &here) || errors.Is(err, errClosed) {
			return l, err
		}
		refused[i] = here.Err
	}
	none := &NoProbeError{Op: "attach " + function}
	for i, p := range places {
		why := refused[i]
		if why == nil {
			why = whyNot(look, p)
		}
		none.add(probeTexts[i], why)
	}
	return nil, none
}

func parsePlaces(probeTexts []string) ([]probe.Place, error) {
	if len(probeTexts) == 0 {
		return nil, errors.New("choose a probe: none is given to choose from")
	}
	places := make([]probe.Place, len(probeTexts))
	for i, text := range probeTexts {
		p, err := probe.ParsePlace(text)
		if err != nil {
			return nil, err
		}
		places[i] = p
	}
	return places, nil
}

// NoProbeError means that this kernel has none of several places for a probe.
type NoProbeError struct {
	// Op is what was tried.
	Op string
	// Candidates are the places in order.
	Candidates []ProbeCandidate
}

// ProbeCandidate is a place that cannot be probed.
type ProbeCandidate struct {
	// Probe is the probe text, Err the reason.
	Probe string
	Err   error
}

func (e *NoProbeError) add(probeText string, err error) {
	e.Candidates = append(e.Candidates, ProbeCandidate{probeText, err})
}

// Error has a line for each candidate.
func (e *NoProbeError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + ": this kernel has none of the places:")
	for _, c := range e.Candidates {
		b.WriteString("\n\t" + c.Probe + ": " + c.Err.Error())
	}
	return b.String()
}

// Unwrap returns the reasons.
func (e *NoProbeError) Unwrap() []error {
	return reasons(e.Candidates)
}

func reasons(candidates []ProbeCandidate) []error {
	errs := make([]error, len(candidates))
	for i, c := range candidates {
		errs[i] = c.Err
	}
	return errs
}
