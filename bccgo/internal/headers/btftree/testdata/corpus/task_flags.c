#include <linux/sched.h>

BPF_ARRAY(kinds, u64, 4);

int kinds_of(struct pt_regs *ctx, struct task_struct *p)
{
	int slot = 0;

	if (p->flags & PF_KTHREAD)
		slot = 1;
	else if (p->flags & PF_EXITING)
		slot = 2;
	else if (p->flags & (PF_WQ_WORKER | PF_IO_WORKER))
		slot = 3;
	kinds.increment(slot);
	return 0;
}
