package sched

// WaitC follows threads from the moment that they could run until they do. It calls
// the tool's
//
//	void waited(void *ctx, struct config *c, struct thread *next, struct thread *prev, u64 ns)
//
// for each wanted thread that got a processor. It goes behind the tool's text, and
// SwitchC behind it.
const WaitC = `
BPF_HASH(waits, u32, u64, 65536);

static inline void begin_wait(u32 tid)
{
	u64 now = bpf_ktime_get_ns();

	if (waits.update(&tid, &now))
		miss(MISSED_CALLS);
}

static inline void end_wait(u32 tid)
{
	if (waits.lookup(&tid))
		waits.delete(&tid);
}

static inline void switched(void *ctx, struct thread *prev, enum leaving why, struct thread *next)
{
	struct config *c = config();
	u64 *since, now = bpf_ktime_get_ns();

	if (!c)
		return;
	if (wanted(c, prev)) {
		if (why == LEAVES_TO_WAIT)
			begin_wait(prev->tid);
		else
			end_wait(prev->tid);	/* woken while it ran */
	}
	if (!wanted(c, next))
		return;
	since = waits.lookup(&next->tid);
	if (!since)
		return;
	if (now > *since)
		waited(ctx, c, next, prev, now - *since);
	waits.delete(&next->tid);
}

static inline void woken(struct thread *t)
{
	struct config *c = config();

	/* One that waits already, as it was preempted, goes on waiting. */
	if (c && wanted(c, t) && !waits.lookup(&t->tid))
		begin_wait(t->tid);
}

#ifdef OWN_HEADERS
static inline void woken_task(u64 task)
{
	struct thread t = {};

	read_thread(&t, task);
	woken(&t);
}

RAW_TRACEPOINT_PROBE(sched_wakeup)
{
	woken_task(ctx->args[0]);
	return 0;
}

RAW_TRACEPOINT_PROBE(sched_wakeup_new)
{
	woken_task(ctx->args[0]);
	return 0;
}
#else
TRACEPOINT_PROBE(sched, sched_wakeup)
{
	struct thread t = {};

	name_thread(&t, args->pid, args->comm);
	woken(&t);
	return 0;
}

TRACEPOINT_PROBE(sched, sched_wakeup_new)
{
	struct thread t = {};

	name_thread(&t, args->pid, args->comm);
	woken(&t);
	return 0;
}
#endif
`
