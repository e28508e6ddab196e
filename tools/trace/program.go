package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// roomOnStack is how large an event may be to be made on a program's stack, of 512
// bytes.
const roomOnStack = 256

// maxEvent is how large an event may be to fit into a buffer's record.
const maxEvent = 60000

// writer writes the C text.
type writer struct {
	*options
	code
	comparisons comparisons
}

// write writes the C text of probes whose places were found.
func (o *options) write(probes []*probe) (*code, error) {
	w := &writer{options: o}
	w.comparisons.binary = o.binary
	for i, p := range probes {
		if size := p.size(o.stringSize); size > maxEvent {
			return nil, p.format.conversions[0].text.Faultf("its values have %d bytes, and only %d can be sent at a time: set --string-size lower", size, maxEvent)
		}
		w.event(p, i)
		for _, program := range p.places.Programs() {
			if err := w.function(p, i, program); err != nil {
				return nil, err
			}
		}
	}
	w.prepend(w.head(probes) + w.comparisons.Functions())
	return &w.code, nil
}

// head is what comes before the functions.
func (w *writer) head(probes []*probe) string {
	var b strings.Builder
	var texts []string
	for _, p := range probes {
		texts = append(texts, p.spec.Text)
	}
	b.WriteString("#include <uapi/linux/ptrace.h>\n#include <linux/sched.h>\n")
	for _, name := range w.headers {
		fmt.Fprintf(&b, "#include %s\n", name)
	}
	b.WriteString(bccgo.GenerateAutoIncludes(texts...) + toolkit.MissedC)
	if w.stacks() {
		b.WriteString(toolkit.StacksC)
	}
	b.WriteString(sourceC)
	return b.String()
}

// event declares what a probe sends.
func (w *writer) event(p *probe, number int) {
	w.add(fmt.Sprintf("\nstruct event_%d {\n\tstruct head head;\n", number))
	for i, c := range p.format.conversions {
		if c.kind == 's' {
			w.add(fmt.Sprintf("\tchar v%d[%d];\n", i, padded(w.stringSize)))
		} else {
			w.add(fmt.Sprintf("\tu64 v%d;\n", i))
		}
	}
	w.add("};\n")
	if !w.onStack(p) {
		w.add(fmt.Sprintf("\nBPF_ARRAY(empty_%d, struct event_%[1]d, 1);\nBPF_TABLE(\"lru_hash\", u64, struct event_%[1]d, rooms_%[1]d, 4096);\n", number))
	}
}

// size is that of the event.
func (p *probe) size(stringSize int) int {
	size := headSize
	for _, c := range p.format.conversions {
		size += c.size(stringSize)
	}
	return size
}

// size is that of a value in an event.
func (c conversion) size(stringSize int) int {
	if c.kind == 's' {
		return padded(stringSize)
	}
	return 8
}

func padded(size int) int { return (size + 7) &^ 7 }

func (w *writer) onStack(p *probe) bool { return p.size(w.stringSize) <= roomOnStack }

// function writes the function of one of a probe's programs.
func (w *writer) function(p *probe, number int, program probespec.Program) error {
	n, err := newNames(p, program, &w.comparisons)
	if err != nil {
		return err
	}
	b := &body{writer: &writer{options: w.options}, names: n, context: "ctx"}
	if n.spec.Kind == probespec.Tracepoint && program.Prologue == "" {
		b.context = "args"
	}
	if err := b.write(number); err != nil {
		return err
	}
	w.add("\nint ", program.Function, "(", program.Context)
	for _, param := range n.params() {
		w.add(", ", param.Text)
	}
	w.add(")\n{\n", program.Prologue)
	w.declare(p, n, number)
	at := w.Len()
	for _, part := range b.parts {
		part.at += at
		w.parts = append(w.parts, part)
	}
	w.add(b.String(), "\treturn 0;\n}\n")
	return nil
}

// declare writes a function's variables.
func (w *writer) declare(p *probe, n *names, number int) {
	if len(n.located) > 0 {
		w.add("\tstruct {\n")
		for _, name := range n.located {
			w.add("\t\tconst char *", name, ";\n")
		}
		w.add("\t} located_at = {\n")
		for _, name := range n.located {
			w.add("\t\t.", name, " = (void *)args + (args->data_loc_", name, " & 0xffff),\n")
		}
		w.add("\t}, *located = &located_at;\n")
	}
	if n.spec.Kind == probespec.Static {
		for _, i := range n.used {
			w.add("\t", n.param(i).Type, " ", n.param(i).Name, " = 0;\n")
		}
	}
	if w.onStack(p) {
		w.add(fmt.Sprintf("\tstruct event_%d room = {}, *ev = &room;\n", number))
	} else {
		w.add(fmt.Sprintf("\tstruct event_%d *ev;\n\tu64 id = runner();\n\tint first = 0;\n", number))
	}
	if p.printsStrings() {
		w.add("\tconst void *text;\n")
	}
	w.add("\n")
}

// printsStrings tells that a value is a string.
func (p *probe) printsStrings() bool {
	return slices.ContainsFunc(p.format.conversions, func(c conversion) bool { return c.kind == 's' })
}
