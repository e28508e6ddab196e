package main

import (
	"fmt"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// body writes the statements of a function.
type body struct {
	*writer
	names *names
	// context is what the function calls its first parameter.
	context string
}

func (b *body) write(number int) error {
	filter, assignments := &writer{}, &writer{}
	if err := b.filter(filter); err != nil {
		return err
	}
	if err := b.values(assignments); err != nil {
		return err
	}
	b.add("\tif (!wanted())\n\t\treturn 0;\n")
	if b.names.spec.Kind == probespec.Static {
		for _, i := range b.names.used {
			b.add(fmt.Sprintf("\tbpf_usdt_readarg(%d, ctx, &%s);\n", i+1, b.names.param(i).Name))
		}
	}
	b.append(filter)
	if !b.onStack(b.names.probe) {
		b.add(fmt.Sprintf("\tev = empty_%d.lookup(&first);\n\tev = ev ? rooms_%[1]d.lookup_or_try_init(&id, ev) : 0;\n"+
			"\tif (!ev) {\n\t\tmiss(MISSED_CALLS);\n\t\treturn 0;\n\t}\n", number))
	}
	b.add(fmt.Sprintf("\tbegin(&ev->head, %d, %s);\n", number, b.names.program.Place))
	b.append(assignments)
	b.stacks()
	b.add("\tif (events.perf_submit(", b.context, ", ev, sizeof(*ev)))\n\t\tmiss(MISSED_EVENTS);\n")
	return nil
}

// append adds what another writer wrote.
func (b *body) append(w *writer) {
	for _, part := range w.parts {
		part.at += b.Len()
		b.parts = append(b.parts, part)
	}
	b.add(w.String())
}

func (b *body) filter(w *writer) error {
	if b.names.filter == nil {
		return nil
	}
	c, _, err := b.names.rewrite(*b.names.filter)
	if err != nil {
		return err
	}
	w.add("\tif (!(")
	w.expression(c)
	w.add("))\n\t\treturn 0;\n")
	return nil
}

// values assigns the arguments of the format.
func (b *body) values(w *writer) error {
	for i, arg := range b.names.args {
		c, _, err := b.names.rewrite(arg)
		if err != nil {
			return err
		}
		conversion := b.names.format.conversions[i]
		if conversion.kind == 's' {
			w.add("\ttext = (const void *)(")
			w.expression(c)
			w.add(fmt.Sprintf(");\n\tread_text(ev->v%d, %d, text);\n", i, b.stringSize))
			continue
		}
		w.add(fmt.Sprintf("\tev->v%d = (%s)(", i, conversion.cType))
		w.expression(c)
		w.add(");\n")
	}
	return nil
}

// stacks notes the stacks that are asked for.
func (b *body) stacks() {
	if b.kernelStack {
		b.add("\tev->head.kernel_stack = kernel_stack(", b.context, ");\n")
	}
	switch {
	case !b.userStack:
	case b.buildIDs():
		b.add("\tev->head.user_stack = build_ids.get_stackid(", b.context, ", BPF_F_USER_STACK);\n")
	case b.names.places.InKernel():
		b.add("\tev->head.user_stack = process_stack(", b.context, ");\n")
	case b.names.spec.Kind == probespec.Entry && b.names.spec.Offset == 0:
		b.add("\tev->head.user_stack = user_stack(PT_REGS_IP(ctx), return_address(ctx), PT_REGS_FP(ctx));\n")
	default:
		b.add("\tev->head.user_stack = user_stack(PT_REGS_IP(ctx), 0, PT_REGS_FP(ctx));\n")
	}
}
