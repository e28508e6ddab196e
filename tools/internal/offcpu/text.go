package offcpu

// program adds up the microseconds between the times when a thread leaves its
// processor and when it is back, or with ONLY_WAKEUPS until it is woken. The stacks
// of a thread are taken when it leaves, or where there are no tracepoints
// (BY_KPROBES) when it is back; nothing of them changes in between.
const program = `
struct config {
	u64 least, most;	/* microseconds */
	u64 state;	/* bits, or 0 for threads that could run on */
	u32 kernel_stacks, user_stacks;
	u64 on;
};

/* A thread, and where it is. */
struct side {
	u64 kernel, user;
	u32 pid, tid;
	char comm[TASK_COMM_LEN];
};

struct key {
	struct side waited, woke;
};

struct wait {
	u64 since;
	struct key key;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(waits, u64, struct wait, 65536);
BPF_HASH(sums, struct key, u64, SUMS);

static inline struct config *switched_on(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on ? c : NULL;
}

/* The idle task has number 0 on each processor. */
static inline u64 wait_key(u32 tid)
{
	return tid ? tid : 1ULL << 32 | bpf_get_smp_processor_id();
}

static inline u64 state_of(struct task_struct *task)
{
	u64 state = 0;

#ifdef STATE
	bpf_probe_read_kernel(&state, sizeof(task->STATE), &task->STATE);
#endif
	return state;
}

static inline int in_state(struct config *c, struct task_struct *task)
{
#ifdef BY_STATE
	u64 state = state_of(task);

	return c->state ? !!(state & c->state) : !state;
#else
	return 1;
#endif
}

static inline void take_stacks(void *ctx, struct config *c, struct side *s)
{
	if (c->kernel_stacks)
		s->kernel = kernel_stack(ctx);
	if (c->user_stacks)
		s->user = process_stack(ctx);
}

static inline void begin(struct wait *w, u64 key)
{
	if (waits.update(&key, w))
		miss(MISSED_CALLS);
}

/* Returns whether the time is one to add up. */
static inline int over(struct config *c, struct wait *w, u64 *took)
{
	*took = (bpf_ktime_get_ns() - w->since) / 1000;
	return *took >= c->least && *took <= c->most;
}

static inline void add(struct wait *w, u64 took)
{
	u64 none = 0, *sum = sums.lookup_or_try_init(&w->key, &none);

	if (sum)
		lock_xadd(sum, took);
	else
		miss(MISSED_CALLS);
}

/* The thread tid runs again. */
static inline void back(void *ctx, struct config *c, u32 tid)
{
#ifndef ONLY_WAKEUPS
	u64 key = wait_key(tid), took;
	struct wait *w = waits.lookup(&key);

	if (!w)
		return;
	if (over(c, w, &took)) {
#ifdef BY_KPROBES
		take_stacks(ctx, c, &w->key.waited);
#endif
		add(w, took);
	}
	waits.delete(&key);
#endif
}

/* The thread tid is woken by the current one. */
static inline void woken(void *ctx, struct config *c, u32 tid)
{
#if defined(WAKERS) || defined(ONLY_WAKEUPS)
	u64 key = wait_key(tid), took, id = 0;
	struct wait *w = waits.lookup(&key);
	struct side *woke;

	if (!w)
		return;
	woke = &w->key.woke;
	bpf_get_current_comm(&woke->comm, sizeof(woke->comm));
#ifdef ONLY_WAKEUPS
	if (over(c, w, &took)) {
		woke->kernel = kernel_stack(ctx);
		add(w, took);
	}
	waits.delete(&key);
#else
	thread_id(&id);
	woke->pid = id >> 32;
	woke->tid = id;
	take_stacks(ctx, c, woke);
#endif
#endif
}

static inline void name(struct side *s, u64 id)
{
#ifndef ONLY_WAKEUPS	/* which are told apart by programs' names alone */
	s->pid = id >> 32;
	s->tid = id;
#endif
}

#ifdef BY_KPROBES
int on_switched(struct pt_regs *ctx, struct task_struct *prev)
{
	struct config *c = switched_on();
	u64 id = (u64)prev->tgid << 32 | (u32)prev->pid;
	struct wait w = {};

	if (!c)
		return 0;
#ifdef ONLY_WAKEUPS
	if (!state_of(prev))
		goto next;
#endif
	if (!prev->exit_state && wanted(prev, id) && in_state(c, prev)) {
		w.since = bpf_ktime_get_ns();
		name(&w.key.waited, id);
		bpf_probe_read_kernel(&w.key.waited.comm, sizeof(w.key.waited.comm), prev->comm);
		begin(&w, wait_key(prev->pid));
	}
next:
	back(ctx, c, bpf_get_current_pid_tgid());
	return 0;
}

/* Threads that are not asleep are asked to wake up as well. */
int on_wake(struct pt_regs *ctx, struct task_struct *p)
{
	struct config *c = switched_on();

	if (c && state_of(p))
		woken(ctx, c, p->pid);
	return 0;
}
#else
/* States as the tracepoint has them. */
#define GONE 0x30	/* EXIT_DEAD and EXIT_ZOMBIE */
#define ASLEEP 0xff	/* whatever makes the thread wait */

TRACEPOINT_PROBE(sched, sched_switch)
{
	struct config *c = switched_on();
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct wait w = {};
	u64 id = 0;

	if (!c)
		return 0;
#ifdef ONLY_WAKEUPS
	if (!(args->prev_state & ASLEEP))
		return 0;
#endif
	if (!(args->prev_state & GONE) && thread_id(&id) && wanted(task, id) && in_state(c, task)) {
		w.since = bpf_ktime_get_ns();
		name(&w.key.waited, id);
		bpf_get_current_comm(&w.key.waited.comm, sizeof(w.key.waited.comm));
#ifndef ONLY_WAKEUPS
		take_stacks(args, c, &w.key.waited);
#endif
		begin(&w, wait_key(args->prev_pid));
	}
	back(args, c, args->next_pid);
	return 0;
}

#if defined(WAKERS) || defined(ONLY_WAKEUPS)
/* Unlike sched_wakeup, this one is always hit by the thread that wakes. */
TRACEPOINT_PROBE(sched, sched_waking)
{
	struct config *c = switched_on();

	if (c)
		woken(args, c, args->pid);
	return 0;
}
#endif
#endif
`

// config is the program's struct config.
type config struct {
	Least, Most, State       uint64
	KernelStacks, UserStacks uint32
	On                       uint64
}

// side is the program's struct side.
type side struct {
	Kernel, User uint64
	PID, TID     uint32
	Comm         [16]byte
}

// key is the program's struct key.
type key struct{ Waited, Woke side }
