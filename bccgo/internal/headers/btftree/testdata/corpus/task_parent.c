#include <linux/sched.h>

BPF_HASH(parents, u32, u32);

int on_exit(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 pid = task->tgid, ppid = task->real_parent->tgid;

	parents.update(&pid, &ppid);
	return 0;
}
