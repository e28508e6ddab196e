package bccgo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/lint"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// maxStack is what a function has, in bytes.
const maxStack = 512

// stackMessage matches LLVM's message for a function that needs more.
var stackMessage = lazyRegexp(`in function (\w+) .*stack limit of 512 bytes is exceeded`)

// explainStack adds to LLVM's message, which names only the function, what the
// function keeps on its stack.
func (p *prepared) explainStack(ctx context.Context, err error) error {
	var refused *CompileError
	if !errors.As(err, &refused) {
		return err
	}
	m := stackMessage().FindStringSubmatch(refused.Output)
	if m == nil {
		return err
	}
	vars := lint.StackVars(p.text, p.scan, m[1])
	p.measure(ctx, vars)
	slices.SortStableFunc(vars, func(a, b lint.StackVar) int { return cmp.Compare(b.Size, a.Size) })
	if note, ok := p.stackNote(m[1], vars); ok {
		refused.addStackNote(note)
	}
	return err
}

// addStackNote puts a note below the message about the stack.
func (e *CompileError) addStackNote(note Diagnostic) {
	for i := range e.Diagnostics {
		if d := &e.Diagnostics[i]; d.Severity == "error" && strings.Contains(d.Message, "stack limit of 512 bytes") {
			d.Notes = append(d.Notes, note)
			return
		}
	}
	e.Diagnostics = append(e.Diagnostics, note)
}

// measure finds the sizes of variables: it compiles the text with tables of their
// types in place of its functions. Where that fails the sizes stay unknown; an
// explanation is not worth another error.
func (p *prepared) measure(ctx context.Context, vars []lint.StackVar) {
	req := p.req
	if p.plan.Types != "" {
		var err error
		if req, err = p.typesRequest(); err != nil {
			return
		}
	}
	r, err := p.compileText(ctx, req, lint.MeasureText(p.text, p.scan, vars))
	if err != nil {
		return
	}
	for i := range vars {
		if t := r.Bundle.Map(lint.MeasuredTable(i)); t != nil && vars[i].Size == 0 {
			vars[i].Size = int(t.ValueSize)
		}
	}
}

// smallVar is the size below which a variable is not worth a word.
const smallVar = 32

// stackNote lists what is on a stack, at the biggest of it.
func (p *prepared) stackNote(function string, vars []lint.StackVar) (Diagnostic, bool) {
	if len(vars) == 0 {
		return Diagnostic{}, false
	}
	var parts []string
	for _, v := range vars {
		if v.Size == 0 || v.Size >= smallVar || len(parts) == 0 {
			parts = append(parts, p.stackPart(function, v))
		}
	}
	big := vars[0]
	text := fmt.Sprintf("%s has %d bytes of stack, and keeps there: %s; ", function, maxStack, strings.Join(parts, ", "))
	if big.Type == "" || strings.Contains(big.Type, "[") {
		text += "keep the biggest in a struct in a table with room for each CPU: BPF_PERCPU_ARRAY(scratch, struct scratch_t, 1)"
	} else {
		text += fmt.Sprintf("keep the biggest in a table with room for each CPU: BPF_PERCPU_ARRAY(scratch, %s, 1)", big.Type)
	}
	text += ", int zero = 0, and scratch.lookup(&zero)"
	pos := p.where().Position(big.Line, big.Col)
	return Diagnostic{File: pos.File, Line: pos.Line, Col: pos.Col, Severity: "note", Message: text,
		Excerpt: source.Excerpt(p.text, big.Line, big.Col)}, true
}

func (p *prepared) stackPart(function string, v lint.StackVar) string {
	text := v.Name
	if v.Type != "" {
		text += " (" + v.Type + ")"
	}
	if v.Size > 0 {
		text += fmt.Sprintf(" %d bytes", v.Size)
	}
	text += fmt.Sprintf(" in line %d", p.where().Position(v.Line, v.Col).Line)
	if v.Function != function {
		text += " of " + v.Function
	}
	return text
}
