#include <linux/oom.h>
#include <linux/sched.h>

int chosen(struct pt_regs *ctx, struct oom_control *oc, const char *message)
{
	struct task_struct *p = oc->chosen;

	bpf_trace_printk("%d %lu order %d\n", p->pid, oc->totalpages, oc->order);
	return p->signal->oom_score_adj == OOM_SCORE_ADJ_MIN;
}
