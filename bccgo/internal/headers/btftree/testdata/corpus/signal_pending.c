#include <linux/sched.h>
#include <linux/sched/signal.h>

int pending(struct pt_regs *ctx, struct task_struct *p)
{
	unsigned long set = p->pending.signal.sig[0], shared = p->signal->shared_pending.signal.sig[0];

	if ((set | shared) & sigmask(SIGTERM))
		return 1;
	return p->signal->flags & SIGNAL_GROUP_EXIT;
}
