#include <linux/sched.h>

int zombie(struct pt_regs *ctx, struct task_struct *p)
{
	if (p->exit_state == EXIT_ZOMBIE || p->exit_state == EXIT_DEAD)
		bpf_trace_printk("exit code %d signal %d\n", p->exit_code >> 8, p->exit_code & 0x7f);
	return p->exit_signal;
}
