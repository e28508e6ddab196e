package main

// sourceC is what all probes share.
const sourceC = `
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
/* What processes pass, which the kernel's headers had before. */
struct timespec {
	long tv_sec;
	long tv_nsec;
};
#endif

struct config {
	u32 on;		/* after all probes are attached */
	u32 pid, tid;
	u32 not_pid;
	u32 by_uid, uid;
};

struct head {
	u64 time;
	u64 place;
	u64 kernel_stack;
	s64 user_stack;
	u32 probe;
	u32 pid, tid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);
#ifdef BY_CGROUP
BPF_CGROUP_ARRAY(cgroup, 1);
#endif
#ifdef BUILD_IDS
BPF_STACK_TRACE_BUILDID(build_ids, 16384);
#endif

static inline int wanted(void)
{
	int first = 0;
	struct config *c = settings.lookup(&first);
	u64 id = bpf_get_current_pid_tgid();

	if (!c || !c->on)
		return 0;
	if (c->pid && c->pid != id >> 32)
		return 0;
	if (c->tid && c->tid != (u32)id)
		return 0;
	if (c->not_pid && c->not_pid == id >> 32)
		return 0;
	if (c->by_uid && c->uid != (u32)bpf_get_current_uid_gid())
		return 0;
#ifdef BY_CGROUP
	if (cgroup.check_current_task(0) <= 0)
		return 0;
#endif
	return 1;
}

static inline void begin(struct head *h, u32 probe, u64 place)
{
	u64 id = bpf_get_current_pid_tgid();

	h->time = bpf_ktime_get_ns();
	h->place = place;
	h->probe = probe;
	h->pid = id >> 32;
	h->tid = id;
	bpf_get_current_comm(&h->comm, sizeof(h->comm));
}

/* The thread, or what runs on a processor that has none. */
static inline u64 runner(void)
{
	u64 id = bpf_get_current_pid_tgid();

	return (u32)id ? id : 1ULL << 63 | bpf_get_smp_processor_id();
}

/* Reads a string of the process or of the kernel, as the address tells. */
static inline void read_text(char *to, u32 size, const void *from)
{
	long got;

	to[1] = 0;
	if ((long)from >= 0)
		got = bpf_probe_read_user_str(to, size, from);
	else
		got = bpf_probe_read_kernel_str(to, size, from);
	if (got < 0) {
		to[0] = 0;
		to[1] = UNREADABLE;
	}
}
`
