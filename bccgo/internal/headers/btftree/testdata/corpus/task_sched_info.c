#include <linux/sched.h>

int stats(struct pt_regs *ctx, struct task_struct *p)
{
	u64 delay = p->sched_info.run_delay, count = p->sched_info.pcount;

	if (count)
		bpf_trace_printk("waited %llu in %llu turns\n", delay, count);
	return p->nvcsw + p->nivcsw;
}
