#include <linux/sched.h>

int on_exec(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *up = task->real_parent->real_parent;

	bpf_trace_printk("%d below %d\n", task->pid, up->pid);
	return 0;
}
