#include <linux/sched.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>

int inner_pid(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct pid *pid = task->thread_pid;
	unsigned int level = pid->level;
	struct upid upid;

	bpf_probe_read_kernel(&upid, sizeof(upid), &pid->numbers[level]);
	return upid.nr;
}
