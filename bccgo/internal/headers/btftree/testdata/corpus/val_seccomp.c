#include <linux/seccomp.h>
#include <linux/sched.h>

int mode(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	if (task->seccomp.mode == SECCOMP_MODE_FILTER)
		return task->seccomp.filter_count.counter;
	return SECCOMP_RET_ERRNO & SECCOMP_RET_ACTION;
}
