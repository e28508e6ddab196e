#include <linux/sched.h>
#include <linux/cgroup.h>

BPF_HASH(groups, u64);

int group(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 id = task->cgroups->dfl_cgrp->kn->id;

	if (id == bpf_get_current_cgroup_id())
		groups.increment(id);
	return task->cgroups->dfl_cgrp->level;
}
