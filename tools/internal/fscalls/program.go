package fscalls

// program is what comes before the probes of the calls, which Tracer.text makes.
// Texts are read at a call's return: the kernel has read them by then, so that they
// are in memory. Each leaves the kernel in a record of its own behind the call.
const program = `
#include <linux/sched.h>

#define MAX_ARGS 5
#define NO_TEXT MAX_ARGS
#define TEXT_MAX 4096	/* with the final 0: the kernel takes no longer ones */

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 failed;
	u32 pid;
};

struct given {
	u64 args[MAX_ARGS];
};

/* A call, and one of its texts. */
struct event {
	u64 time;
	u64 args[MAX_ARGS];
	s64 ret;
	u32 call;	/* which one */
	u32 pid, tid, uid;
	u32 ppid, mntns;
	u32 text;	/* the argument whose text follows, or NO_TEXT */
	u32 last;	/* whether it is the call's last one */
	s32 size;	/* of the text with the final 0, negative if unreadable */
	u32 unused;
	char comm[TASK_COMM_LEN];
	char pcomm[TASK_COMM_LEN];
};

struct record {
	struct event ev;
	char text[2 * TEXT_MAX];	/* so that the verifier sees where it ends */
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, u64, struct given);
BPF_PERCPU_ARRAY(records, struct record, 1);
BPF_PERF_OUTPUT(events);

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || filtered_out())
		return 0;
	return !c->pid || c->pid == bpf_get_current_pid_tgid() >> 32;
}

#ifdef READ_PARENT
static inline void read_parent(struct event *ev)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *parent = NULL;

	bpf_probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
	bpf_probe_read_kernel(&ev->ppid, sizeof(ev->ppid), &parent->tgid);
	bpf_probe_read_kernel(&ev->pcomm, sizeof(ev->pcomm), &parent->comm);
}
#endif

static inline struct record *describe(u32 call, struct given *given, s64 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	int zero = 0;
	struct record *r = records.lookup(&zero);

	if (!r)
		return NULL;
	r->ev.time = bpf_ktime_get_ns();
	__builtin_memcpy(r->ev.args, given->args, sizeof(r->ev.args));
	r->ev.ret = ret;
	r->ev.call = call;
	r->ev.pid = id >> 32;
	r->ev.tid = id;
	r->ev.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&r->ev.comm, sizeof(r->ev.comm));
#ifdef READ_PARENT
	read_parent(&r->ev);
#endif
#ifdef READ_MNTNS
	r->ev.mntns = current_mntns();
#endif
	return r;
}

static inline int enter(struct given *given)
{
	u64 id = bpf_get_current_pid_tgid();

	if (wanted() && calls.update(&id, given))
		miss(MISSED_CALLS);
	return 0;
}

static inline struct record *leave(u32 call, s64 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct given *given = calls.lookup(&id);
	struct record *r = NULL;

	if (!given || !c)
		return NULL;
	if (ret < 0 || !c->failed)
		r = describe(call, given, ret);
	calls.delete(&id);
	return r;
}

static inline int send(void *ctx, struct record *r, u32 length)
{
	struct event *ev = &r->ev;

	if (events.perf_submit(ctx, ev, sizeof(*ev) + length))
		miss(MISSED_EVENTS);
	return 0;
}

static inline int send_call(void *ctx, struct record *r)
{
	r->ev.text = NO_TEXT;
	r->ev.size = 0;
	r->ev.last = 1;
	return send(ctx, r, 0);
}

static inline int send_text(void *ctx, struct record *r, u32 arg, u32 last)
{
	u32 length = 0;

	r->ev.text = arg;
	r->ev.size = bpf_probe_read_user_str(r->text, TEXT_MAX, (void *)r->ev.args[arg]);
	r->ev.last = last;
	if (r->ev.size > 0)
		length = r->ev.size & (2 * TEXT_MAX - 1);
	return send(ctx, r, length);
}
`
