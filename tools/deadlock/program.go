package main

// program remembers in which order the threads of a process take mutexes. Taking
// one while holding another makes an edge from that to this, once for each two.
//
// A mutex counts as held from the call on, so that those that wait for each other
// have been seen. What is made anew at the same address is another mutex.
const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

#define HELD 16

struct config {
	u32 on;
	u32 pid;
};

struct mutex {
	u64 address;
	u64 life;	/* how often the address was made a mutex before */
};

struct held {
	struct mutex mutex;
	u64 stack;
	u64 again;	/* how often more it was taken by the same thread */
};

struct thread {
	struct held held[HELD];
};

struct edge {
	struct mutex first, then;
};

struct taken {
	u64 first, then;	/* stacks */
	u64 time;
	u32 tid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

struct creation {
	u64 stack;
	u32 tid;	/* of the thread that created */
	u32 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_ARRAY(no_thread, struct thread, 1);
BPF_TABLE("lru_hash", u32, struct thread, threads, THREADS);
BPF_TABLE("lru_hash", u64, u64, lives, 65536);
BPF_HASH(edges, struct edge, struct taken, EDGES);
BPF_HASH(creating, u32, u64);	/* the stack of pthread_create */
BPF_TABLE("lru_hash", u32, struct creation, creations, THREADS);

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32);
}

static inline struct thread *this_thread(void)
{
	u32 tid = bpf_get_current_pid_tgid();
	int zero = 0;
	struct thread *t = no_thread.lookup(&zero);

	return t ? threads.lookup_or_try_init(&tid, t) : 0;
}

static inline struct mutex mutex_at(u64 address)
{
	struct mutex mutex = {.address = address};
	u64 *life = lives.lookup(&address);

	if (life)
		mutex.life = *life;
	return mutex;
}

static inline void connect(struct held *first, struct held *then)
{
	struct edge edge = {.first = first->mutex, .then = then->mutex};
	struct taken taken = {.first = first->stack, .then = then->stack};

	if (edges.lookup(&edge))
		return;
	taken.time = bpf_ktime_get_ns();
	taken.tid = bpf_get_current_pid_tgid();
	bpf_get_current_comm(&taken.comm, sizeof(taken.comm));
	if (edges.update(&edge, &taken))
		miss(MISSED_CALLS);
}

int lock_enter(struct pt_regs *ctx)
{
	u64 address = PT_REGS_PARM1(ctx);
	struct held now = {};
	struct thread *t;
	int i, place = -1;

	if (!wanted())
		return 0;
	t = this_thread();
	if (!t) {
		miss(MISSED_CALLS);
		return 0;
	}
	now.mutex = mutex_at(address);
	now.stack = user_stack(PT_REGS_IP(ctx), return_address(ctx), PT_REGS_FP(ctx));
#pragma unroll
	for (i = 0; i < HELD; i++) {
		struct held *h = &t->held[i];

		if (h->mutex.address == address) {
			h->again++;
			return 0;
		}
		if (!h->mutex.address)
			place = i;
	}
#pragma unroll
	for (i = 0; i < HELD; i++) {
		struct held *h = &t->held[i];

		if (h->mutex.address)
			connect(h, &now);
		else if (i == place)
			*h = now;
	}
	if (place < 0)
		miss(MISSED_CALLS);
	return 0;
}

int unlock_enter(struct pt_regs *ctx)
{
	u64 address = PT_REGS_PARM1(ctx);
	struct thread *t;
	int i;

	if (!wanted())
		return 0;
	t = this_thread();
	if (!t)
		return 0;
#pragma unroll
	for (i = 0; i < HELD; i++) {
		struct held *h = &t->held[i];

		if (h->mutex.address != address)
			continue;
		if (h->again)
			h->again--;
		else
			h->mutex.address = 0;
	}
	return 0;
}

/* pthread_mutex_init and pthread_mutex_destroy. */
int renew_enter(struct pt_regs *ctx)
{
	u64 address = PT_REGS_PARM1(ctx), zero = 0, *life;

	if (!wanted())
		return 0;
	life = lives.lookup_or_try_init(&address, &zero);
	if (life)
		lock_xadd(life, 1);
	return 0;
}

int create_enter(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 stack;

	if (!wanted())
		return 0;
	stack = user_stack(PT_REGS_IP(ctx), return_address(ctx), PT_REGS_FP(ctx));
	creating.update(&tid, &stack);
	return 0;
}

TRACEPOINT_PROBE(sched, sched_process_fork)
{
	u32 tid = bpf_get_current_pid_tgid(), child = args->child_pid;
	struct creation c = {.tid = tid};
	u64 *stack = creating.lookup(&tid);

	if (!stack || !wanted())
		return 0;
	c.stack = *stack;
	bpf_get_current_comm(&c.comm, sizeof(c.comm));
	creations.update(&child, &c);
	creating.delete(&tid);
	return 0;
}
`
