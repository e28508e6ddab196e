package main

import (
	"errors"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probeexpr"
)

// fileName is what the compiler calls the program.
const fileName = "argdist"

// writer writes the program, and keeps in mind what in it is from specifiers.
type writer struct {
	strings.Builder
	parts []part
}

// part is the C from start to end, made of an expression or copied from the text.
type part struct {
	start, end int
	expr       *probeexpr.C
	text       probeexpr.Text
}

// put writes C with the probe's number in place of each NR.
func (w *writer) put(p *probe, c string) {
	w.WriteString(numbered(p, c))
}

// expression writes an expression.
func (w *writer) expression(c *probeexpr.C) {
	start := w.Len()
	w.WriteString(c.String())
	w.parts = append(w.parts, part{start: start, end: w.Len(), expr: c})
}

// copy writes a part of a specifier as it is, on one line.
func (w *writer) copy(t probeexpr.Text) {
	start := w.Len()
	w.WriteString(strings.ReplaceAll(t.String(), "\n", " "))
	w.parts = append(w.parts, part{start: start, end: w.Len(), text: t})
}

// explain turns the compiler's error about a part of a specifier into one with a
// mark there.
func (w *writer) explain(err error) error {
	var refused *bccgo.CompileError
	if !errors.As(err, &refused) {
		return err
	}
	for _, d := range refused.Diagnostics {
		if from, ok := w.origin(d); ok && d.Severity == "error" {
			return from.Fault(errors.New(d.Message))
		}
	}
	return err
}

// origin is the part of a specifier that a message of the compiler is about.
func (w *writer) origin(d bccgo.Diagnostic) (probeexpr.Text, bool) {
	if d.File != fileName || d.Line == 0 {
		return probeexpr.Text{}, false
	}
	begin, end := 0, 0
	lines := strings.SplitAfter(w.String(), "\n")
	for _, line := range lines[:min(d.Line, len(lines))] {
		begin, end = end, end+len(line)
	}
	at := begin + max(0, d.Col-1)
	for _, p := range w.parts {
		switch {
		case d.Col == 0 && begin <= p.start && p.start < end:
			return p.whole(), true
		case p.start > at || at > p.end:
		case p.expr != nil:
			return p.expr.From(at - p.start), true
		default:
			return p.text, true
		}
	}
	return probeexpr.Text{}, false
}

// whole is all that the part was made of.
func (p part) whole() probeexpr.Text {
	if p.expr == nil {
		return p.text
	}
	first, last := p.expr.From(0), p.expr.From(p.end-p.start-1)
	first.End = last.End
	return first
}
