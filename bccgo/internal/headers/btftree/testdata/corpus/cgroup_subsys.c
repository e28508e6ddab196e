#include <linux/sched.h>
#include <linux/cgroup.h>

int subsys(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct cgroup_subsys_state *css = task->cgroups->subsys[cpu_cgrp_id];

	return css->id + (css->flags & (CSS_ONLINE | CSS_DYING)) + memory_cgrp_id;
}
