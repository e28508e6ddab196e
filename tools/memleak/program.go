package main

// common is what both programs have: the table of allocations, sums by stack, and
// events for -t.
const common = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct config {
	u32 on;
	u32 pid;
	u32 execs;	/* how many programs the process ran before this one */
	u32 sample;
	u64 min, max;
	u32 combined;
	u32 trace;
	u32 hold;
	u32 unused;
};

struct allocation {
	u64 size;
	u64 time;
	u64 stack;	/* 0 if it could not be kept */
	u32 execs;
	u32 unused;
};

struct group {
	u64 stack;
	u64 execs;
};

struct sum {
	s64 bytes;
	s64 count;
};

struct event {
	u64 time;
	u64 size;
	u64 address;	/* 0 if the call failed */
	u64 old;
	u32 tid;
	u32 function;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(allocs, u64, struct allocation, 1000000);
BPF_HASH(sums, struct group, struct sum, 16384);
BPF_PERF_OUTPUT(events);

static inline struct config *wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || (c->pid && c->pid != bpf_get_current_pid_tgid() >> 32))
		return 0;
	return c;
}

static inline int passed_over(struct config *c, u64 size)
{
	if (size < c->min || size > c->max)
		return 1;
	return c->sample > 1 && bpf_get_prandom_u32() % c->sample != 0;
}

static inline void count(struct config *c, struct allocation *a, int n)
{
	struct group group = {.stack = a->stack, .execs = a->execs};
	struct sum none = {}, *sum;

	if (!c->combined)
		return;
	sum = sums.lookup_or_try_init(&group, &none);
	if (!sum) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(&sum->bytes, n * (s64)a->size);
	lock_xadd(&sum->count, n);
}

/* Memory that is given out again has been freed, even if that was not seen. */
static inline void remember(struct config *c, u64 address, struct allocation *a)
{
	struct allocation *before = allocs.lookup(&address);

	if (before)
		count(c, before, -1);
	if (allocs.update(&address, a))
		miss(MISSED_CALLS);
	else
		count(c, a, 1);
}

/* Takes an allocation out of the table; 0 if it was there. */
static inline int forget(struct config *c, u64 address, struct allocation *old)
{
	struct allocation *a = allocs.lookup(&address);

	if (!a)
		return -1;
	*old = *a;
	allocs.delete(&address);
	count(c, old, -1);
	return 0;
}

static inline void show(void *ctx, u32 function, u64 size, u64 address, u64 old)
{
	struct event ev = {.size = size, .address = address, .old = old, .function = function};

	ev.time = bpf_ktime_get_ns();
	ev.tid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}
`
