// Softirqs prints how long the kernel's soft interrupts take.
package main

import (
	"context"
	"strconv"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/irqs"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const idC = `
struct id {
	u64 vec;
};
`

// Raw tracepoints are called even if another program was interrupted.
const program = `
RAW_TRACEPOINT_PROBE(softirq_entry)
{
	struct id id = {.vec = (u32)ctx->args[0]};

	return enter(id.vec, &id);
}

RAW_TRACEPOINT_PROBE(softirq_exit)
{
	return leave(ctx->args[0], 1);
}
`

// id is the program's struct id.
type id struct{ Vec uint64 }

// names are those of the soft interrupts by number, from softirq_to_name in
// kernel/softirq.c. There is room for more in the program.
var names = [...]string{"hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu"}

func name(id id) string {
	if id.Vec < uint64(len(names)) {
		return names[id.Vec]
	}
	return strconv.FormatUint(id.Vec, 10)
}

var kind = &irqs.Kind[id]{
	ID: idC, Tracepoints: program, Places: 32, Word: "softirq", Width: 16, Name: name,
	Probes: []string{"tracepoint:irq:softirq_entry", "tracepoint:irq:softirq_exit"},
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &irqs.Options{CountName: "events"}
	return &toolkit.Tool{
		Name:  "softirqs",
		Usage: "measure the kernel's soft interrupts",
		Description: "Prints how long the kernel's soft interrupts took, by their names, at the end or\n" +
			"every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"softirqs               # totals at the end",
			"softirqs -C 1 10       # how many there were, every second, ten times",
			"softirqs -d -c 1       # histograms of processor 1",
		},
		Flags: o.Flags(),
		Run:   func(ctx context.Context, s *toolkit.Session) error { return irqs.Run(ctx, s, o, kind) },
	}
}
