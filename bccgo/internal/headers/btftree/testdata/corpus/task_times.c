#include <linux/sched.h>

struct times {
	u64 user, system, start, boot;
};
BPF_PERF_OUTPUT(events);

int finish(struct pt_regs *ctx, struct task_struct *p)
{
	struct times t = {};

	t.user = p->utime / NSEC_PER_MSEC;
	t.system = p->stime / NSEC_PER_MSEC;
	t.start = p->start_time;
	t.boot = p->start_boottime;
	events.perf_submit(ctx, &t, sizeof(t));
	return 0;
}
