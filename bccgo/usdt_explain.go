package bccgo

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// usdtProblems says which arguments of USDT probes a text reads that it cannot
// read. To the compiler they are calls of functions that it does not know.
func (p *placer) usdtProblems() []Diagnostic {
	var list []Diagnostic
	add := func(t source.Token, problem string) {
		at := Diagnostic{File: textName, Line: t.Line, Col: t.Col, Severity: "error", Message: t.Text + ": " + problem}
		list = append(list, p.place(message{Diagnostic: at, backend: true}))
	}
	tokens := source.Tokenize(p.text)
	for i, t := range tokens {
		if t.Kind != source.Ident || t.Text != "bpf_usdt_readarg" && t.Text != "bpf_usdt_readarg_p" || i+2 >= len(tokens) {
			continue
		}
		argument, err := strconv.Atoi(tokens[i+2].Text)
		if err != nil {
			add(t, "the argument's number has to be a plain number: 1, 2, …")
			continue
		}
		if problem := p.usdtProblem(p.functionAt(t), argument); problem != "" {
			add(t, problem)
		}
	}
	return list
}

// functionAt is the function whose body has a token, nil for none.
func (p *prepared) functionAt(t source.Token) *source.Function {
	for i := range p.scan.Functions {
		if f := &p.scan.Functions[i]; t.Offset > f.BodyOffset && t.Line <= f.EndLine {
			return f
		}
	}
	return nil
}

// usdtProblem is what keeps a function from reading an argument, "" if nothing.
func (p *prepared) usdtProblem(f *source.Function, argument int) string {
	switch {
	case f == nil:
		return ""
	case f.Inline || f.Static:
		return fmt.Sprintf("%s is a part of other functions; read the argument in the one that is enabled for the probe and pass it on", f.Name)
	}
	forms := p.usdt.forms[f.Name]
	if forms == nil {
		enabled := slices.Sorted(maps.Keys(p.usdt.forms))
		if len(enabled) == 0 {
			return fmt.Sprintf("%s is enabled for no USDT probe (Options.USDT, EnableProbe)", f.Name)
		}
		return fmt.Sprintf("%s is enabled for no USDT probe; %s is", f.Name, strings.Join(enabled, ", "))
	}
	if forms.Readable(argument) {
		return ""
	}
	return p.usdt.unreadable(f.Name, argument)
}

// unreadable says why a function can read an argument nowhere.
func (p *usdtPlan) unreadable(function string, argument int) string {
	probe, most := "", 0
	for _, enabled := range p.enabled {
		for _, e := range enabled {
			if e.function != function {
				continue
			}
			probe = e.place.probe.String()
			for _, l := range e.place.probe.Locations {
				most = max(most, len(l.Arguments))
				if argument >= 1 && argument <= len(l.Arguments) && l.Arguments[argument-1].Err != nil {
					return fmt.Sprintf("%s of %s cannot be read: %v", ordinal(argument), probe, l.Arguments[argument-1].Err)
				}
			}
		}
	}
	return fmt.Sprintf("probe %s has no %s: it has %d, counted from 1", probe, ordinal(argument), most)
}

func ordinal(n int) string { return "argument " + strconv.Itoa(n) }
