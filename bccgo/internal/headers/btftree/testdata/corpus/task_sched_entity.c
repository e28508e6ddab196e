#include <linux/sched.h>

BPF_HASH(runtime, u32);

int tick(struct pt_regs *ctx, struct task_struct *p)
{
	u32 pid = p->pid;
	u64 ran = p->se.sum_exec_runtime - p->se.prev_sum_exec_runtime;

	if (p->se.on_rq && p->se.load.weight)
		runtime.update(&pid, &ran);
	return 0;
}
