package main

// programC adds up the times of calls, by the place that was called. Its counts
// only grow.
const programC = `
#include <uapi/linux/ptrace.h>

struct config {
	u64 since;	/* calls that began earlier do not count */
	u32 pid;
	u32 unused;
};

struct call {
	u64 place;
	u64 begin;
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

static inline int wanted(void)
{
	int first = 0;
	struct config *c = settings.lookup(&first);

	return c && (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32);
}

static inline int counts(u64 begin)
{
	int first = 0;
	struct config *c = settings.lookup(&first);

	return c && begin >= c->since;
}

static inline void began(struct pt_regs *ctx, struct call *call)
{
}

static inline void ended(struct pt_regs *ctx, struct call *call, int kernel)
{
	u64 delta = bpf_ktime_get_ns() - call->begin, place = call->place, none = 0, *n;
	struct key key = {.place = place, .slot = bpf_log2l(delta / UNIT)};
	struct total nothing = {}, *sum;

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
