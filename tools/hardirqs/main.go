// Hardirqs prints how long handlers of hardware interrupts run.
package main

import (
	"context"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/irqs"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const idC = `
#include <linux/irqreturn.h>

struct id {
	char name[32];
};
`

// Devices can share an interrupt, and then the handlers of all run until one says
// that it was its own. Handlers do not interrupt each other on a processor.
//
// Raw tracepoints are called even if another program was interrupted, but it takes
// the running kernel's headers to read the name there.
const program = `
#ifdef OWN_HEADERS
#include <linux/interrupt.h>

RAW_TRACEPOINT_PROBE(irq_handler_entry)
{
	struct irqaction *action = (struct irqaction *)ctx->args[1];
	const char *name = NULL;
	struct id id = {};

	bpf_probe_read_kernel(&name, sizeof(name), &action->name);
	bpf_probe_read_kernel_str(&id.name, sizeof(id.name), name);
	return enter(0, &id);
}

RAW_TRACEPOINT_PROBE(irq_handler_exit)
{
	return leave(0, (u32)ctx->args[2] != IRQ_NONE);
}
#else
TRACEPOINT_PROBE(irq, irq_handler_entry)
{
	struct id id = {};

	TP_DATA_LOC_READ_STR(&id.name, name, sizeof(id.name));
	return enter(0, &id);
}

TRACEPOINT_PROBE(irq, irq_handler_exit)
{
	return leave(0, args->ret != IRQ_NONE);
}
#endif
`

// id is the program's struct id.
type id struct{ Name [32]byte }

var kind = &irqs.Kind[id]{
	ID: idC, Tracepoints: program, Places: 1, Word: "hardirq", Width: 26,
	Probes: []string{"tracepoint:irq:irq_handler_entry", "tracepoint:irq:irq_handler_exit"},
	Name:   func(id id) string { return toolkit.Printable(bccgo.CString(id.Name[:])) },
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &irqs.Options{CountName: "count"}
	return &toolkit.Tool{
		Name:  "hardirqs",
		Usage: "measure handlers of hardware interrupts",
		Description: "Prints how long the handlers of hardware interrupts ran, by their names, at the end\n" +
			"or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"hardirqs               # totals at the end",
			"hardirqs -NT 1 10      # in nanoseconds, every second, ten times, with the time of day",
			"hardirqs -d -c 1       # histograms of processor 1",
		},
		Flags: o.Flags(),
		Run:   func(ctx context.Context, s *toolkit.Session) error { return irqs.Run(ctx, s, o, kind) },
	}
}
