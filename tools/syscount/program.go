package main

import "github.com/bccgo/bcc/bccgo"

// program counts calls when they return. With LATENCY it notes their beginnings too,
// by the task, which keeps its address when execve changes the thread's id.
const program = `
#include <linux/sched.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid, tid, ppid;
	u32 failed;
	u32 error;
	s32 nr;		/* -1 for any */
};

struct key {
	s32 id;		/* the call's number, or the process */
	u32 compat;	/* whether it is a call of a program of 32 bits */
};

struct total {
	u64 count, ns;
	char comm[TASK_COMM_LEN];
};

struct call {
	u64 begin;
	struct key key;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(totals, struct key, struct total, TOTALS);

#ifdef OWN_HEADERS
static inline u32 parent(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *real_parent = NULL;
	u32 ppid = 0;

	bpf_probe_read_kernel(&real_parent, sizeof(real_parent), &task->real_parent);
	bpf_probe_read_kernel(&ppid, sizeof(ppid), &real_parent->tgid);
	return ppid;
}

/* Programs of 32 bits have numbers of their own. */
static inline u32 is_compat(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
#if defined(__x86_64__)
	u32 status = 0;

	bpf_probe_read_kernel(&status, sizeof(status), &task->thread_info.status);
	return !!(status & 2);		/* TS_COMPAT */
#elif defined(__aarch64__)
	u64 flags = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), &task->thread_info.flags);
	return !!(flags & 1 << 22);	/* TIF_32BIT */
#else
	return 0;
#endif
}
#else
static inline u32 parent(void)
{
	return 0;
}

static inline u32 is_compat(void)
{
	return 0;
}
#endif

static inline int wanted(struct config *c, struct key *key)
{
	u64 id = bpf_get_current_pid_tgid();

	if (c->nr >= 0 && (key->id != c->nr || key->compat))
		return 0;
	if (c->pid && c->pid != id >> 32)
		return 0;
	if (c->tid && c->tid != (u32)id)
		return 0;
	return !c->ppid || c->ppid == parent();
}

static inline void count(struct key *key, u64 ns)
{
	struct total zero = {}, *total;

#ifdef BY_PROCESS
	key->id = bpf_get_current_pid_tgid() >> 32;
	key->compat = 0;
#endif
	total = totals.lookup_or_try_init(key, &zero);
	if (!total) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(&total->count, 1);
	lock_xadd(&total->ns, ns);
#ifdef BY_PROCESS
	bpf_get_current_comm(&total->comm, sizeof(total->comm));
#endif
}

#ifdef LATENCY
BPF_HASH(calls, u64, struct call, 65536);

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	u64 task = bpf_get_current_task();
	struct call call = {};
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on)
		return 0;
	call.key.id = args->id;
	call.key.compat = is_compat();
	if (!wanted(c, &call.key))
		return 0;
	call.begin = bpf_ktime_get_ns();
	if (calls.update(&task, &call))
		miss(MISSED_CALLS);
	return 0;
}

/* A call by which a thread ends never returns. */
RAW_TRACEPOINT_PROBE(sched_process_exit)
{
	u64 task = bpf_get_current_task();

	calls.delete(&task);
	return 0;
}
#endif

TRACEPOINT_PROBE(raw_syscalls, sys_exit)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct key key = {};
	u64 ns = 0;

	if (!c || !c->on)
		return 0;
#ifdef LATENCY
	u64 task = bpf_get_current_task(), now = bpf_ktime_get_ns();
	struct call *call = calls.lookup(&task);

	if (!call)
		return 0;
	key = call->key;
	if (now > call->begin)
		ns = now - call->begin;
	calls.delete(&task);
#else
	key.id = args->id;
	key.compat = is_compat();
	if (!wanted(c, &key))
		return 0;
#endif
	if (c->failed && args->ret >= 0)
		return 0;
	if (c->error && args->ret != -(s64)c->error)
		return 0;
	count(&key, ns);
	return 0;
}
`

// config is the program's struct config.
type config struct {
	On             uint32
	PID, TID, PPID uint32
	Failed         uint32
	Error          uint32
	Nr             int32
}

// key is the program's struct key, total its struct total.
type (
	key struct {
		ID     int32
		Compat uint32
	}
	total struct {
		Count, Ns uint64
		Comm      bccgo.Comm
	}
)
