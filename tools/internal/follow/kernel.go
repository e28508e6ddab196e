package follow

// kernelC follows functions of the kernel. Calls end in the reverse order of
// their beginnings, also those in interrupts; the macro LEVELS is how many within
// each other are followed. Where the kernel tells which function returns, a call
// whose return was not seen is found out by that, for it keeps few returns of a
// function in mind at a time.
const kernelC = `
#include <linux/version.h>

#define MISTAKES 4

struct nested {
	u64 function;
	struct call call;
};

struct nest {
	u64 depth;
	struct nested calls[LEVELS];
};

BPF_ARRAY(no_nest, struct nest, 1);
BPF_HASH(nests, u64, struct nest, 10240);

/* The idle task is one on each processor. */
static inline u64 thread(void)
{
	u64 id = bpf_get_current_pid_tgid();

	return (u32)id ? id : 1ULL << 63 | bpf_get_smp_processor_id();
}

static inline u64 function(void *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	return bpf_get_func_ip(ctx);
#else
	return 0;
#endif
}

static inline struct nest *nest_of(u64 id)
{
	int first = 0;
	struct nest *n = nests.lookup(&id), *none = no_nest.lookup(&first);

	if (n || !none)
		return n;
	nests.update(&id, none);
	return nests.lookup(&id);
}

static inline int kernel_enter(struct pt_regs *ctx, u64 place)
{
	struct call call = {.place = place, .begin = bpf_ktime_get_ns()};
	struct nest *n;
	u64 at;

	if (!wanted() || !counts(call.begin))
		return 0;
	n = nest_of(thread());
	if (!n) {
		miss(MISSED_CALLS);
		return 0;
	}
	at = n->depth++;
	if (at >= LEVELS) {
		miss(MISSED_CALLS);
		return 0;
	}
	began(ctx, &call);
	n->calls[at].call = call;
	n->calls[at].function = function(ctx);
	return 0;
}

static inline int kernel_leave(struct pt_regs *ctx, u32 program)
{
	u64 id = thread(), returns = function(ctx), at;
	struct nest *n = nests.lookup(&id);

	if (!n)
		return 0;
	if (n->depth > LEVELS) {
		n->depth--;
		return 0;
	}
#pragma unroll
	for (int i = 1; i <= MISTAKES; i++) {
		at = n->depth - i;
		if (at >= LEVELS)
			break;
		if (n->calls[at].function == returns) {
			if (counts(n->calls[at].call.begin))
				ended(ctx, &n->calls[at].call, 1);
			n->depth = at;
			break;
		}
	}
	if (!n->depth)
		nests.delete(&id);
	return 0;
}
`
