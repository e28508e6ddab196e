#include <linux/sched.h>

BPF_HASH(states, u32);

int leave_cpu(struct pt_regs *ctx, struct task_struct *prev)
{
	u32 state = prev->__state;

	if (state == TASK_RUNNING)
		return 0;
	if (state & TASK_UNINTERRUPTIBLE && !(state & TASK_NOLOAD))
		states.increment(state);
	if (state & (TASK_INTERRUPTIBLE | __TASK_STOPPED | __TASK_TRACED))
		states.increment(state);
	return 0;
}
