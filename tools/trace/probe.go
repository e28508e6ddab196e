package main

import (
	"github.com/bccgo/bcc/tools/internal/probeexpr"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// probe is one of the texts that say what to trace:
//
//	PLACE[(SIGNATURE)] [(FILTER)] ["FORMAT"[, ARGUMENT]…]
type probe struct {
	spec *probespec.Spec
	// filter is the C expression in the brackets, nil without one.
	filter *probeexpr.Text
	format format
	// args are the C expressions behind the format.
	args   []probeexpr.Text
	places *probespec.Places
}

// parseProbe reads a text. Errors are *probespec.Error.
func parseProbe(text string) (*probe, error) {
	spec, err := probespec.Syntax{Kinds: "prtu"}.ParseHead(text, false)
	if err != nil {
		return nil, err
	}
	p := &probe{spec: spec}
	rest := probeexpr.Text{Spec: text, Start: spec.RestAt(), End: len(text)}
	if rest, err = p.takeFilter(rest); err != nil {
		return nil, err
	}
	if rest, err = p.takeFormat(rest); err != nil {
		return nil, err
	}
	if err := p.takeArgs(rest); err != nil {
		return nil, err
	}
	return p, p.checkArgs()
}

// takeFilter reads the filter, if there is one, and returns what follows it.
func (p *probe) takeFilter(t probeexpr.Text) (probeexpr.Text, error) {
	inside, rest, ok, err := t.Bracketed()
	if err != nil || !ok {
		return t, err
	}
	p.filter = &inside
	return rest, nil
}

// takeFormat reads the format, if there is one, and returns what follows it.
func (p *probe) takeFormat(t probeexpr.Text) (probeexpr.Text, error) {
	literal, rest, ok, err := t.Quoted()
	if err != nil {
		return t, err
	}
	if !ok {
		if t := t.Trim(); t.String() != "" {
			return t, t.Faultf(`want (FILTER) or "FORMAT", ARGUMENTS here, in this order`)
		}
		return t, nil
	}
	p.format, err = parseFormat(literal)
	return rest, err
}

// takeArgs reads the arguments, each behind a comma.
func (p *probe) takeArgs(t probeexpr.Text) error {
	t = t.Trim()
	if t.String() == "" {
		return nil
	}
	first, rest, comma, err := t.CutFirst(",")
	if err != nil {
		return err
	}
	if first = first.Trim(); !comma || first.String() != "" {
		return first.Faultf("want a comma between the format and its arguments")
	}
	p.args, err = rest.Cut(",")
	return err
}

// checkArgs compares the number of arguments with what the format prints.
func (p *probe) checkArgs() error {
	have, want := len(p.args), len(p.format.conversions)
	switch {
	case have > want:
		return p.args[want].Faultf("the format prints %s, and this is argument %d", count(want, "value"), want+1)
	case have < want:
		return p.format.conversions[have].text.Faultf("there is no argument for this: the format prints %s, of %s",
			count(want, "value"), count(have, "argument"))
	}
	return nil
}
