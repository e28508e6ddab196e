package sched

// ThreadC defines struct thread, and struct config with wanted() and settings. It
// goes behind toolkit.MissedC and before a tool's own text.
//
// Threads are read from the kernel's task structures, which takes the running
// kernel's headers. Without (no OWN_HEADERS), tracepoints tell their ids and names,
// and which process a thread belongs to is known once it has left a processor.
const ThreadC = `
#include <linux/sched.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid, tid;
	u32 idle;	/* whether idle threads count */
	u64 min_ns;
};

BPF_ARRAY(settings, struct config, 1);

struct thread {
	u32 pid, tid;
	const void *comm;		/* in the kernel's memory */
	struct task_struct *task;	/* NULL without OWN_HEADERS */
};

/* Why a thread leaves its processor. */
enum leaving { LEAVES_TO_SLEEP, LEAVES_TO_WAIT, LEAVES_TO_END };

static inline struct config *config(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on ? c : NULL;
}

static inline int wanted(struct config *c, struct thread *t)
{
	if (!t->tid)
		return c->idle && !c->pid && !c->tid;
	if (c->pid && c->pid != t->pid)
		return 0;
	return !c->tid || c->tid == t->tid;
}

#ifdef OWN_HEADERS

/* Linux 5.14 renamed the field, and some kernels before did. */
#ifndef TASK_STATE
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define TASK_STATE state
#else
#define TASK_STATE __state
#endif
#endif

static inline void read_thread(struct thread *t, u64 task)
{
	struct task_struct *p = (struct task_struct *)task;

	t->task = p;
	t->comm = &p->comm;
	bpf_probe_read_kernel(&t->pid, sizeof(t->pid), &p->tgid);
	bpf_probe_read_kernel(&t->tid, sizeof(t->tid), &p->pid);
}

/* preempted is told apart as a thread may be preempted on its way to sleep. */
static inline enum leaving read_leaving(struct task_struct *p, int preempted)
{
	typeof(p->TASK_STATE) state = 0;

	bpf_probe_read_kernel(&state, sizeof(state), &p->TASK_STATE);
	if (preempted || state == TASK_RUNNING)
		return LEAVES_TO_WAIT;
	return state & TASK_DEAD ? LEAVES_TO_END : LEAVES_TO_SLEEP;
}

#else

BPF_TABLE("lru_hash", u32, u32, processes, 65536);

/* Notes which process the current thread belongs to. */
static inline void note_process(void)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 pid = id >> 32, tid = id, *known = processes.lookup(&tid);

	if (!known || *known != pid)
		processes.update(&tid, &pid);
}

static inline void name_thread(struct thread *t, u32 tid, const void *comm)
{
	u32 *pid = processes.lookup(&tid);

	t->tid = tid;
	t->pid = pid ? *pid : 0;
	t->comm = comm;
	t->task = NULL;
}

#endif
`

// SwitchC is the probe at switches. It calls the tool's
//
//	void switched(void *ctx, struct thread *prev, enum leaving why, struct thread *next)
//
// in which LEAVES_TO_WAIT is for a thread that would go on: it was preempted, or gave
// way. It goes behind the tool's text.
const SwitchC = `
#ifdef OWN_HEADERS
RAW_TRACEPOINT_PROBE(sched_switch)
{
	struct thread prev = {}, next = {};

	read_thread(&prev, ctx->args[1]);
	read_thread(&next, ctx->args[2]);
	switched(ctx, &prev, read_leaving(prev.task, !!ctx->args[0]), &next);
	return 0;
}
#else
/* What the tracepoint adds to the states that it shows, and some of these. */
#define PREEMPTED 0x100
#define DEAD_OR_ZOMBIE 0x30

static inline enum leaving leaving_of(u64 state)
{
	if (!state || state & PREEMPTED)
		return LEAVES_TO_WAIT;
	return state & DEAD_OR_ZOMBIE ? LEAVES_TO_END : LEAVES_TO_SLEEP;
}

TRACEPOINT_PROBE(sched, sched_switch)
{
	struct thread prev = {}, next = {};

	note_process();
	name_thread(&prev, args->prev_pid, args->prev_comm);
	name_thread(&next, args->next_pid, args->next_comm);
	switched(args, &prev, leaving_of(args->prev_state), &next);
	return 0;
}
#endif
`

// Config is the programs' struct config.
type Config struct {
	On       uint32
	PID, TID uint32
	Idle     uint32
	MinNs    uint64
}
