package main

// programC adds up the times of calls, by the place that was called. Its counts
// only grow.
const programC = `
#include <uapi/linux/ptrace.h>
#include <linux/version.h>

struct config {
	u64 since;	/* calls that began earlier do not count */
	u32 pid;
	u32 unused;
};

struct key {
	u64 place;
	u64 slot;
};

struct total {
	u64 count;
	u64 ns;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(dist, struct key, u64, SLOTS);
BPF_HASH(totals, u64, struct total, PLACES);

static inline int wanted(struct config *c)
{
	return c && (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32);
}

static inline void ended(u64 place, u64 begin)
{
	int first = 0;
	u64 delta = bpf_ktime_get_ns() - begin, none = 0, *n;
	struct key key = {.place = place, .slot = bpf_log2l(delta / UNIT)};
	struct total nothing = {}, *sum;
	struct config *c = settings.lookup(&first);

	if (!c || begin < c->since)
		return;
	n = dist.lookup_or_try_init(&key, &none);
	sum = totals.lookup_or_try_init(&place, &nothing);
	if (!n || !sum) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(n, 1);
	lock_xadd(&sum->count, 1);
	lock_xadd(&sum->ns, delta);
}
`

// userC follows functions of user space. A call is known by its thread and the
// stack after its return. Several can have the same one, where a function leaves
// its frame to another as the last thing it does: then the other finds the
// kernel's own return address on the stack, which is the start of a page. Calls
// that never return are left behind: another call in their place takes it, or else
// the oldest have to make room.
const userC = `
#define TAILS 4

struct call_id {
	u64 thread;
	u64 stack;
	u32 program;
	u32 tail;
};

struct call {
	u64 place;
	u64 begin;
};

BPF_TABLE("lru_hash", struct call_id, struct call, calls, 10240);

static inline int is_tail(struct pt_regs *ctx)
{
	u64 address = 1;

#if defined(__x86_64__)
	bpf_probe_read_user(&address, sizeof(address), (void *)PT_REGS_SP(ctx));
#else
	address = PT_REGS_RET(ctx);
#endif
	return !(address & 0xfff);
}

/* How many calls share the stack. */
static inline u32 tails(struct call_id *id)
{
	id->tail = 0;
#pragma unroll
	for (int i = 0; i < TAILS; i++) {
		if (!calls.lookup(id))
			break;
		id->tail++;
	}
	return id->tail;
}

static inline int enter(struct pt_regs *ctx, u64 place)
{
	int first = 0;
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx), .program = place >> 12};
	struct call call = {.place = place};
	u32 n;

	if (!wanted(settings.lookup(&first)))
		return 0;
#if defined(__x86_64__)
	id.stack += 8;	/* the return address */
#endif
	n = tails(&id);
	if (n && !is_tail(ctx)) {
#pragma unroll
		for (int i = 1; i < TAILS; i++) {
			id.tail = i;
			if (i < n)
				calls.delete(&id);
		}
		n = 0;
	}
	if (n == TAILS) {
		miss(MISSED_CALLS);
		return 0;
	}
	id.tail = n;
	call.begin = bpf_ktime_get_ns();
	calls.update(&id, &call);
	return 0;
}

static inline int leave(struct pt_regs *ctx, u32 program)
{
	int first = 0;
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx), .program = program};
	struct call *call;
	u32 n;

	if (!wanted(settings.lookup(&first)))
		return 0;
	n = tails(&id);
	if (!n)
		goto missed;
	id.tail = n - 1;
	call = calls.lookup(&id);
	if (!call)
		goto missed;
	ended(call->place, call->begin);
	calls.delete(&id);
	return 0;
missed:
	miss(MISSED_CALLS);
	return 0;
}
`

// kernelC follows functions of the kernel. Calls end in the reverse order of
// their beginnings, also those in interrupts. Where the kernel tells which
// function returns, a call whose return was not seen is found out by that, for it
// keeps few returns of a function in mind at a time.
const kernelC = `
#define MISTAKES 4

struct call {
	u64 place;
	u64 function;
	u64 begin;
};

struct stack {
	u64 depth;
	struct call calls[LEVELS];
};

BPF_ARRAY(empty, struct stack, 1);
BPF_HASH(stacks, u64, struct stack, 10240);

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

static inline struct stack *stack_of(u64 id)
{
	int first = 0;
	struct stack *s = stacks.lookup(&id), *none = empty.lookup(&first);

	if (s || !none)
		return s;
	stacks.update(&id, none);
	return stacks.lookup(&id);
}

static inline int enter(struct pt_regs *ctx, u64 place)
{
	int first = 0;
	struct config *c = settings.lookup(&first);
	struct stack *s;
	u64 at, now = bpf_ktime_get_ns();

	if (!wanted(c) || now < c->since)
		return 0;
	s = stack_of(thread());
	if (!s) {
		miss(MISSED_CALLS);
		return 0;
	}
	at = s->depth++;
	if (at >= LEVELS) {
		miss(MISSED_CALLS);
		return 0;
	}
	s->calls[at].place = place;
	s->calls[at].function = function(ctx);
	s->calls[at].begin = now;
	return 0;
}

static inline int leave(struct pt_regs *ctx, u32 program)
{
	u64 id = thread(), returns = function(ctx), at;
	struct stack *s = stacks.lookup(&id);

	if (!s)
		return 0;
	if (s->depth > LEVELS) {
		s->depth--;
		return 0;
	}
#pragma unroll
	for (int i = 1; i <= MISTAKES; i++) {
		at = s->depth - i;
		if (at >= LEVELS)
			break;
		if (s->calls[at].function == returns) {
			ended(s->calls[at].place, s->calls[at].begin);
			s->depth = at;
			break;
		}
	}
	if (!s->depth)
		stacks.delete(&id);
	return 0;
}
`
