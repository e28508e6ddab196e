package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probeexpr"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// numbered puts the probe's number in place of each NR.
func numbered(p *probe, c string) string {
	return strings.ReplaceAll(c, "NR", strconv.Itoa(p.number))
}

// timesC are types that programs in user space have under these names.
const timesC = `
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
#include <linux/time_types.h>
#define timespec __kernel_old_timespec
#define timeval __kernel_old_timeval
#endif
`

// write finds the probes' places and writes the program for them.
func (o *options) write(all []*probe, find func(*probespec.Spec) (*probespec.Places, error)) (*writer, error) {
	includes, err := o.includes(all)
	if err != nil {
		return nil, err
	}
	var compared probeexpr.Comparisons
	bodies := make([][]*body, len(all))
	for i, p := range all {
		if p.places, err = find(p.Spec); err != nil {
			return nil, err
		}
		for _, program := range p.places.Programs() {
			b, err := p.makeBody(program, &compared)
			if err != nil {
				return nil, err
			}
			bodies[i] = append(bodies[i], b)
		}
	}
	w := &writer{}
	w.WriteString(includes)
	if needsTimes(all) {
		w.WriteString(timesC)
	}
	w.WriteString(toolkit.MissedC + programC + callC(all) + compared.Functions())
	for i, p := range all {
		w.writeCounts(p)
		if p.savesEntry() {
			w.writeEntries(p)
		}
		for _, b := range bodies[i] {
			w.writeBody(p, b)
		}
	}
	return w, nil
}

func needsTimes(all []*probe) bool {
	for _, p := range all {
		if strings.Contains(p.Text, "struct timespec") || strings.Contains(p.Text, "struct timeval") {
			return true
		}
	}
	return false
}

// writeCounts writes the table of a probe.
func (w *writer) writeCounts(p *probe) {
	w.put(p, "\nstruct key_NR {\n\tu32 period;\n")
	for i, v := range p.values {
		switch {
		case v.isString():
			fmt.Fprintf(w, "\tchar v%d[STRING_SIZE + 1];\n", i)
		case p.histogram && i == len(p.values)-1:
			w.WriteString("\tu32 slot;\n")
		default:
			w.WriteString("\t")
			w.copy(v.typ)
			fmt.Fprintf(w, " v%d;\n", i)
		}
	}
	w.put(p, `};

BPF_HASH(counts_NR, struct key_NR, u64);

static inline void count_NR(struct key_NR *key)
{
	u64 none = 0, *n = counts_NR.lookup_or_try_init(key, &none);

	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
}
`)
}

// writeBody writes a function that counts. Its own variables begin with two
// underscores, so that the specifier's parameters can have any other name.
func (w *writer) writeBody(p *probe, b *body) {
	fmt.Fprintf(w, "\nint %s(%s", b.program.Function, b.program.Context)
	if p.Kind == probespec.Entry {
		w.writeParams(p)
	}
	fmt.Fprintf(w, ")\n{\n%s", b.program.Prologue)
	w.writeVariables(p, b)
	w.WriteString("\n\tif (!__config)\n\t\treturn 0;\n")
	w.writeReads(p, b)
	if b.filter != nil {
		w.WriteString("\tif (!(")
		w.expression(b.filter)
		w.WriteString("))\n\t\treturn 0;\n")
	}
	w.WriteString("\t__builtin_memset(&__key, 0, sizeof(__key));\n\t__key.period = __config->period;\n")
	n := names{probe: p, body: b}
	for i := range p.values {
		w.writeValue(&n, i)
	}
	w.put(p, "\tcount_NR(&__key);\n\treturn 0;\n}\n")
}

// writeVariables declares what expressions use.
func (w *writer) writeVariables(p *probe, b *body) {
	w.put(p, "\tstruct config *__config = wanted();\n\tstruct key_NR __key;\n")
	if b.comm {
		w.WriteString("\tchar __comm[16];\n")
	}
	for _, n := range b.args {
		typ := "unsigned long"
		if p.Kind == probespec.Static {
			typ = b.program.Args[n-1]
		}
		fmt.Fprintf(w, "\t%s arg%d = 0;\n", typ, n)
	}
	if p.savesEntry() {
		w.writeSaved(p)
	}
}

// writeReads writes what gives them their values.
func (w *writer) writeReads(p *probe, b *body) {
	if p.savesEntry() {
		w.writeTake(p)
	}
	if b.comm {
		w.WriteString("\tbpf_get_current_comm(__comm, sizeof(__comm));\n")
	}
	read := "\tbpf_probe_read_kernel(&arg%d, sizeof(long), &PT_REGS_PARM%[1]d_SYSCALL((struct pt_regs *)PT_REGS_PARM1(ctx)));\n"
	if p.Kind == probespec.Static {
		read = "\tbpf_usdt_readarg(%d, ctx, &arg%[1]d);\n"
	}
	for _, n := range b.args {
		fmt.Fprintf(w, read, n)
	}
}

// writeParams writes the parameters after the context.
func (w *writer) writeParams(p *probe) {
	if p.Signature == nil {
		return
	}
	for _, param := range p.Signature.Params {
		w.WriteString(", ")
		w.copy(probeexpr.Text{Spec: p.Text, Start: param.Start, End: param.Start + len(param.Text)})
	}
}

// writeValue writes what puts a value into the key.
func (w *writer) writeValue(n *names, i int) {
	v, c := n.probe.values[i], n.body.values[i]
	switch {
	case v.isString():
		space := "kernel"
		if n.inUser(v.expr) {
			space = "user"
		}
		fmt.Fprintf(w, "\tbpf_probe_read_%s_str(__key.v%d, sizeof(__key.v%d), (void *)(", space, i, i)
		w.expression(c)
		w.WriteString("));\n")
	case n.histogram && i == len(n.probe.values)-1:
		w.WriteString("\t__key.slot = bpf_log2l((")
		w.copy(v.typ)
		w.WriteString(")(")
		w.expression(c)
		w.WriteString("));\n")
	default:
		fmt.Fprintf(w, "\t__key.v%d = ", i)
		w.expression(c)
		w.WriteString(";\n")
	}
}
