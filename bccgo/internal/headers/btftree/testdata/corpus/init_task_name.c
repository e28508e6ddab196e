#include <linux/init_task.h>
#include <linux/sched.h>

int is_init(struct pt_regs *ctx, struct task_struct *p)
{
	return p->pid == 1 || p->tgid == 0 ? p->flags & PF_IDLE : 0;
}
