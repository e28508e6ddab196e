#include <linux/kernel.h>
#include <linux/sched.h>

int entity(struct pt_regs *ctx, struct sched_entity *se)
{
	void *base = (void *)se;
	struct task_struct *p = base - offsetof(struct task_struct, se);
	int pid;

	bpf_probe_read_kernel(&pid, sizeof(pid), &p->pid);
	return pid + offsetofend(struct task_struct, se);
}
