package main

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// program counts by process. The handlers, one for each column, follow.
const program = `
struct counts {
	u64 column[6];
};

BPF_HASH(processes, u32, struct counts);

static inline int count(int column)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct counts zero = {}, *c;

	c = processes.lookup_or_try_init(&pid, &zero);
	if (c)
		lock_xadd(&c->column[column], 1);
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// counts is the program's struct counts.
type counts struct {
	Column [runtimes.Columns]uint64
}

// handlerOf is the C function that counts for a column.
func handlerOf(c runtimes.Column) string { return fmt.Sprintf("on_column_%d", c) }

// programFor is the program for a runtime, with handlers for the probes that there
// are.
func programFor(r *runtimes.Runtime, has func(probe string) bool) string {
	var b strings.Builder
	b.WriteString(toolkit.MissedC + program)
	for _, c := range columnsOf(r) {
		for _, rate := range r.Rates {
			if rate.Column == c && has(rate.Probe) {
				fmt.Fprintf(&b, "\nint %s(void *ctx)\n{\n\treturn count(%d);\n}\n", handlerOf(c), c)
				break
			}
		}
	}
	return b.String()
}
