#include <linux/sched.h>
#include <linux/sched/signal.h>

int task(struct pt_regs *ctx, struct task_struct *p)
{
	if (is_idle_task(p) || !pid_alive(p) || !thread_group_leader(p))
		return 0;
	return task_pid_nr(p) + task_tgid_nr(p) + task_nice(p) + pid_nr(task_pid(p)) + (task_pgrp(p) == task_session(p));
}
