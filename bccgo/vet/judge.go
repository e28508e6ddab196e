package vet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	csource "github.com/bccgo/bcc/bccgo/internal/source"
)

// judgement finds out whether one value of a text compiles, with the macros that
// may be defined.
type judgement struct {
	*checker
	text    *text
	value   value
	exports []*bccgo.Bundle

	programs           []*program
	findings, warnings []bccgo.Diagnostic
	extern             *bccgo.ExternError
	untraced           *bccgo.TracefsError
	// absent are the tracepoints that the target lacks, if that explains why the
	// text does not compile.
	absent []*bccgo.UnknownHookError
	// partly tells that it compiles with some of the macros alone, unguessed that
	// no guess compiles and no error is common to all.
	partly, unguessed bool
	// unprobed tells that it reads arguments of static probes.
	unprobed bool
}

// judge looks for errors in the text.
func (j *judgement) judge() error {
	if err := j.compare(); err != nil {
		return err
	}
	j.forgiveProbes()
	return j.blameTracepoints()
}

// forgiveProbes drops what is said of the arguments of static probes where the
// program enables some: they are known when it runs.
func (j *judgement) forgiveProbes() {
	n := len(j.findings)
	if j.text.opts.probes {
		j.findings = slices.DeleteFunc(j.findings, func(d bccgo.Diagnostic) bool { return strings.HasPrefix(d.Message, "bpf_usdt_readarg") })
	}
	j.unprobed = len(j.findings) < n
}

// compare compiles the text with few of the macros that need not be defined and
// with many. An error that shows both times is one of the text; what shows with
// many alone may come of macros that never meet.
func (j *judgement) compare() error {
	optional := j.optional()
	few, err := j.errors(nil)
	if err != nil || j.extern != nil || j.untraced != nil || len(optional) == 0 {
		j.findings = few
		return err
	}
	many, err := j.errors(optional)
	if err != nil {
		return err
	}
	if len(many) > 0 {
		if j.findings, err = j.narrow(optional, few, many); err != nil {
			return err
		}
	}
	without, err := j.withoutExcluders(optional)
	if err != nil {
		return err
	}
	j.findings = append(j.findings, common(without, few)...)
	if len(j.findings) == 0 && len(j.programs) == 0 {
		j.findings = few
	}
	j.partly = len(j.findings) == 0 && len(many)+len(without) > 0
	return nil
}

// withoutExcluders compiles what macros leave out: with all macros but one of
// these.
func (j *judgement) withoutExcluders(optional []string) (errors []bccgo.Diagnostic, err error) {
	_, excluding := testedMacros(j.value.guesses[0])
	for _, name := range optional {
		if !excluding[name] || len(optional) < 2 {
			continue
		}
		found, err := j.errors(slices.DeleteFunc(slices.Clone(optional), func(n string) bool { return n == name }))
		if err != nil {
			return nil, err
		}
		errors = append(errors, found...)
	}
	return errors, nil
}

// narrow tries each macro alone and returns the errors that show with few macros
// and with many.
func (j *judgement) narrow(optional []string, few, many []bccgo.Diagnostic) ([]bccgo.Diagnostic, error) {
	if len(optional) == 1 && j.text.opts.optional[optional[0]].known {
		return many, nil // the package defines it with that very value
	}
	for _, name := range optional {
		if len(optional) == 1 {
			break
		}
		alone, err := j.errors([]string{name})
		if err != nil {
			return nil, err
		}
		few = append(few, alone...)
	}
	return common(many, few), nil
}

// errors compiles with some of the macros.
func (j *judgement) errors(optional []string) ([]bccgo.Diagnostic, error) {
	out, err := j.try(j.macros(optional))
	return out.errors, err
}

// optional lists the macros that may be defined: those that the package assigns,
// and where others may be, those that the text asks for.
func (j *judgement) optional() []string {
	o := j.text.opts
	names := make([]string, 0, len(o.optional))
	for name := range o.optional {
		names = append(names, name)
	}
	if o.open {
		tested, _ := testedMacros(j.value.guesses[0])
		for _, name := range tested {
			_, fixed := o.fixed[name]
			_, known := o.optional[name]
			if !fixed && !known && !o.guesses[name] {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// macros are those that are always defined, and some of the others.
func (j *judgement) macros(optional []string) *macros {
	o := j.text.opts
	m := &macros{known: with(o.fixed, nil), guessed: map[string]int{}, needed: o.guesses}
	for name := range o.guesses {
		m.guessed[name] = 0
	}
	for _, name := range optional {
		if d := o.optional[name]; d.known {
			m.known[name] = d.value
		} else {
			m.guessed[name] = 0
		}
	}
	return m
}

// try compiles with some macros: with every guess of the text, until one
// compiles, of whose errors those that all have count.
func (j *judgement) try(m *macros) (outcome, error) {
	var last outcome
	for i := range j.value.guesses {
		out, err := j.tryGuess(i, m)
		if err == nil && out.untraced != nil && !j.settings.skipTracepoints {
			err = fmt.Errorf("%s: the tracepoints of this text cannot be read: run as root, compile for a target (--target DIR), "+
				"or leave such texts out (--skip-tracepoints): %w", j.origin().Position, out.untraced)
		}
		if err != nil || out.errors == nil {
			j.keep(out, m)
			return out, err
		}
		if i > 0 {
			out.errors = common(last.errors, out.errors)
		}
		last = out
	}
	j.unguessed = len(last.errors) == 0
	return last, nil
}

// tryGuess compiles one guess of the text, and guesses macros anew as long as
// errors are about them.
func (j *judgement) tryGuess(i int, m *macros) (outcome, error) {
	for {
		out, err := j.compiler.compile(j.origin(), j.value.guesses[i], j.text.opts.cflags, m.values(), j.exports)
		if err != nil || out.errors == nil || !m.refine(out.errors, j.text.opts.open) {
			return out, err
		}
	}
}

// origin is where the text is handed over.
func (j *judgement) origin() csource.Origin {
	return csource.Origin{Position: csource.Position{File: j.file(j.text.call), Line: j.line(j.text.call)}, Files: j.value.files}
}

// keep remembers what a compile gave.
func (j *judgement) keep(out outcome, m *macros) {
	j.extern, j.untraced = out.extern, out.untraced
	if out.program == nil {
		return
	}
	j.programs = append(j.programs, out.program)
	for _, d := range out.program.made.Warnings() {
		if !j.value.guessed() && !m.mentions(d) {
			j.warnings = append(j.warnings, d)
		}
	}
}
