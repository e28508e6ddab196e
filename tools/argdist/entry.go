package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// userCallC names calls of functions in user space: by the thread and the stack
// after the return. Calls that never return are left behind, and make room when
// others need it.
const userCallC = `
struct user_call {
	u64 thread;
	u64 stack;
};

static inline struct user_call user_call(u64 stack)
{
	struct user_call call = {.thread = bpf_get_current_pid_tgid(), .stack = stack};

	return call;
}
`

// kernelCallC names calls of functions in the kernel: by the thread and how many
// of its calls had not returned. The idle task is one on each processor.
const kernelCallC = `
struct kernel_call {
	u64 thread;
	u64 depth;
};

static inline u64 thread(void)
{
	u64 id = bpf_get_current_pid_tgid();

	return (u32)id ? id : 1ULL << 63 | bpf_get_smp_processor_id();
}
`

// userSavedC keeps what is known of a call until it returns.
const userSavedC = `
BPF_TABLE("lru_hash", struct user_call, struct saved_NR, saved_NR, 10240);

static inline void save_NR(u64 stack, struct saved_NR *saved)
{
	struct user_call call = user_call(stack);

#if defined(__x86_64__)
	call.stack += 8;	/* the return address */
#endif
	saved_NR.update(&call, saved);
}

static inline int take_NR(u64 stack, struct saved_NR *saved)
{
	struct user_call call = user_call(stack);
	struct saved_NR *found = saved_NR.lookup(&call);

	if (!found)
		return 0;
	*saved = *found;
	saved_NR.delete(&call);
	return 1;
}
`

const kernelSavedC = `
BPF_HASH(depths_NR, u64, u64);
BPF_TABLE("lru_hash", struct kernel_call, struct saved_NR, saved_NR, 10240);

static inline void save_NR(u64 stack, struct saved_NR *saved)
{
	struct kernel_call call = {.thread = thread()};
	u64 none = 0, *depth = depths_NR.lookup_or_try_init(&call.thread, &none);

	if (!depth) {
		miss(MISSED_CALLS);
		return;
	}
	*depth += 1;
	call.depth = *depth;
	saved_NR.update(&call, saved);
}

static inline int take_NR(u64 stack, struct saved_NR *saved)
{
	struct kernel_call call = {.thread = thread()};
	u64 *depth = depths_NR.lookup(&call.thread);
	struct saved_NR *found;

	if (!depth)
		return 0;
	call.depth = *depth;
	*depth -= 1;
	if (call.depth <= 1)
		depths_NR.delete(&call.thread);
	found = saved_NR.lookup(&call);
	if (!found)
		return 0;
	*saved = *found;
	saved_NR.delete(&call);
	return 1;
}
`

// savesEntry tells that a return wants to know of the call's beginning. It is
// known once the names in the expressions were replaced.
func (p *probe) savesEntry() bool { return p.timed || len(p.saved) > 0 }

// callC is what the probes that save something need once.
func callC(all []*probe) string {
	of := func(kernel bool) bool {
		return slices.ContainsFunc(all, func(p *probe) bool { return p.savesEntry() && p.places.InKernel() == kernel })
	}
	c := ""
	if of(false) {
		c += userCallC
	}
	if of(true) {
		c += kernelCallC
	}
	return c
}

var qualifiers = regexp.MustCompile(`\b(const|volatile|restrict|__restrict)\b`)

// assignable is a type of variables that can be changed, though what they point to
// may be const.
func assignable(typ string) string {
	pointer := strings.LastIndexByte(typ, '*') + 1
	return strings.TrimSpace(typ[:pointer] + qualifiers.ReplaceAllString(typ[pointer:], ""))
}

// writeEntries writes the functions that save what is known when calls begin.
func (w *writer) writeEntries(p *probe) {
	w.put(p, "\nstruct saved_NR {\n\tu64 begin;\n")
	for _, i := range p.saved {
		fmt.Fprintf(w, "\t%s p%d;\n", assignable(p.Signature.Params[i].Type), i)
	}
	w.WriteString("};\n")
	if p.places.InKernel() {
		w.put(p, kernelSavedC)
	} else {
		w.put(p, userSavedC)
	}
	for _, program := range p.places.EntryPrograms() {
		w.writeEntry(p, program)
	}
}

func (w *writer) writeEntry(p *probe, program probespec.Program) {
	fmt.Fprintf(w, "\nint %s(%s", program.Function, program.Context)
	w.writeParams(p)
	w.put(p, ")\n{\n\tstruct saved_NR __saved;\n\n\tif (!wanted())\n\t\treturn 0;\n\t__builtin_memset(&__saved, 0, sizeof(__saved));\n")
	for _, i := range p.saved {
		fmt.Fprintf(w, "\t__saved.p%d = %s;\n", i, p.Signature.Params[i].Name)
	}
	w.put(p, "\t__saved.begin = bpf_ktime_get_ns();\n\tsave_NR(PT_REGS_SP(ctx), &__saved);\n\treturn 0;\n}\n")
}

// writeSaved declares what was saved. Pointers come from the context at first: the
// compiler's front end follows only those when it makes reads of what they point
// to.
func (w *writer) writeSaved(p *probe) {
	w.put(p, "\tstruct saved_NR __saved;\n")
	if p.timed {
		w.WriteString("\tu64 __latency = bpf_ktime_get_ns();\n")
	}
	for _, i := range p.saved {
		param := p.Signature.Params[i]
		typ := assignable(param.Type)
		fmt.Fprintf(w, "\t%s __entry_%s = (%s)PT_REGS_PARM1(ctx);\n", typ, param.Name, typ)
	}
}

// writeTake writes what takes the saved values back.
func (w *writer) writeTake(p *probe) {
	w.put(p, "\tif (!take_NR(PT_REGS_SP(ctx), &__saved))\n\t\treturn 0;\n")
	if p.timed {
		w.WriteString("\t__latency -= __saved.begin;\n")
	}
	for _, i := range p.saved {
		fmt.Fprintf(w, "\t__entry_%s = __saved.p%d;\n", p.Signature.Params[i].Name, i)
	}
}
