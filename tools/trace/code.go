package main

import (
	"errors"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probeexpr"
)

// fileName is what the C text is called in messages.
const fileName = "trace.c"

// code is C text that keeps in mind where the user's expressions are.
type code struct {
	strings.Builder
	parts []part
}

type part struct {
	at int
	c  *probeexpr.C
}

func (c *code) add(parts ...string) {
	for _, p := range parts {
		c.WriteString(p)
	}
}

// expression adds one of the user's. Each must have a line of its own.
func (c *code) expression(e *probeexpr.C) {
	c.parts = append(c.parts, part{c.Len(), e})
	c.WriteString(e.String())
}

// prepend puts text before all of it.
func (c *code) prepend(text string) {
	behind := c.String()
	c.Reset()
	c.add(text, behind)
	for i := range c.parts {
		c.parts[i].at += len(text)
	}
}

// user finds the part of the user's text that a line, and a column of it that may
// be 0, of the C text came from. Both count from 1.
func (c *code) user(line, col int) (t probeexpr.Text, ok bool) {
	start := 0
	for range line - 1 {
		next := strings.IndexByte(c.String()[start:], '\n')
		if next < 0 {
			return t, false
		}
		start += next + 1
	}
	size := strings.IndexByte(c.String()[start:]+"\n", '\n')
	for _, p := range c.parts {
		switch end := p.at + p.c.Len(); {
		case p.at < start || p.at >= start+size:
		case col > 0 && start+col-1 >= p.at && start+col-1 < end:
			return p.c.From(start + col - 1 - p.at), true
		default:
			t = p.c.From(0)
			t.End = max(t.End, p.c.From(p.c.Len()-1).End)
			return t, true
		}
	}
	return t, false
}

// refusal is what the compiler or the kernel has against an expression.
type refusal struct {
	message string
	cause   error
}

func (r *refusal) Error() string { return r.message }

func (r *refusal) Unwrap() error { return r.cause }

// explain makes errors of compiling and loading ones about the user's expressions,
// if these are at fault.
func (c *code) explain(err error) error {
	var compile *bccgo.CompileError
	var verifier *bccgo.VerifierError
	switch {
	case errors.As(err, &compile):
		return c.explainCompile(compile, err)
	case errors.As(err, &verifier):
		if t, ok := c.user(verifier.Line, 0); ok {
			return t.Fault(&refusal{"the kernel refuses this: " + reasons(verifier), err})
		}
	}
	return err
}

// reasons are the verifier's, in plain words if there are some.
func reasons(e *bccgo.VerifierError) string {
	if e.Plain == "" {
		return e.Reason
	}
	return strings.TrimSuffix(e.Plain+"; to fix: "+e.Cure, "; to fix: ")
}

func (c *code) explainCompile(compile *bccgo.CompileError, err error) error {
	for _, d := range compile.Diagnostics {
		t, ok := c.user(d.Line, d.Col)
		if d.Severity != "error" || !ok {
			continue
		}
		message := d.Message
		for _, n := range d.Notes {
			if n.Line == 0 || n.File != d.File {
				message += "; " + n.Message
			}
		}
		return t.Fault(&refusal{message, err})
	}
	return err
}
