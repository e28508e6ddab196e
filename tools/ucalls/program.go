package main

// baseC counts. A call that calls itself, at whatever distance, is timed from the
// outermost call to its return, so that no time counts twice.
const baseC = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
};

BPF_ARRAY(settings, struct config, 1);

static inline int wanted(u32 pid)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (!pid || pid == c->pid);
}
`

const methodsC = `
struct call {
	u64 thread;
	struct method method;
};

struct begun {
	u64 time;
	u64 depth;	/* of calls by itself */
};

BPF_HASH(totals, struct method, struct total);

static inline void add(struct method *m, u64 ns)
{
	struct total zero = {}, *t;

	t = totals.lookup_or_try_init(m, &zero);
	if (!t) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(&t->count, 1);
	lock_xadd(&t->sum, ns);
}

#ifdef LATENCY

BPF_TABLE("lru_hash", struct call, struct begun, running, 10240);
BPF_ARRAY(untold, u64, 1);	/* returns of calls that were not told */

static inline int enter(struct pt_regs *ctx, struct names *n)
{
	struct begun b = {.time = bpf_ktime_get_ns()}, *before;
	struct call c = {.thread = bpf_get_current_pid_tgid()};

	if (!wanted(0))
		return 0;
	read_method(&c.method, n);
	before = running.lookup(&c);
	if (before)
		before->depth++;
	else
		running.update(&c, &b);
	return 0;
}

static inline int leave(struct pt_regs *ctx, struct names *n)
{
	struct call c = {.thread = bpf_get_current_pid_tgid()};
	struct begun *b;
	u64 *count;
	int zero = 0;

	if (!wanted(0))
		return 0;
	read_method(&c.method, n);
	b = running.lookup(&c);
	if (!b) {
		count = untold.lookup(&zero);
		if (count)
			lock_xadd(count, 1);
		return 0;
	}
	if (b->depth) {
		b->depth--;
		add(&c.method, 0);
		return 0;
	}
	add(&c.method, bpf_ktime_get_ns() - b->time);
	running.delete(&c);
	return 0;
}

#else

static inline int count(struct pt_regs *ctx, struct names *n)
{
	struct method m = {};

	if (!wanted(0))
		return 0;
	read_method(&m, n);
	add(&m, 0);
	return 0;
}

#endif
`

const syscallsC = `
BPF_HASH(systotals, u32, struct total, 1024);

static inline void add_syscall(u32 number, u64 ns)
{
	struct total zero = {}, *t;

	t = systotals.lookup_or_try_init(&number, &zero);
	if (!t)
		return;
	lock_xadd(&t->count, 1);
	lock_xadd(&t->sum, ns);
}

#ifdef LATENCY

struct syscall {
	u64 time;
	u64 number;
};

BPF_TABLE("lru_hash", u32, struct syscall, in_syscall, 10240);

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	struct syscall call = {.time = bpf_ktime_get_ns(), .number = args->id};
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;

	if (wanted(id >> 32))
		in_syscall.update(&tid, &call);
	return 0;
}

TRACEPOINT_PROBE(raw_syscalls, sys_exit)
{
	u64 id = bpf_get_current_pid_tgid();
	struct syscall *call;
	u32 tid = id;

	if (!wanted(id >> 32))
		return 0;
	call = in_syscall.lookup(&tid);
	if (!call)
		return 0;	/* it began before we did */
	add_syscall(call->number, bpf_ktime_get_ns() - call->time);
	in_syscall.delete(&tid);
	return 0;
}

#else

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	if (wanted(bpf_get_current_pid_tgid() >> 32))
		add_syscall(args->id, 0);
	return 0;
}

#endif
`

// config is the C struct config.
type config struct{ On, PID uint32 }
