#include <linux/sched.h>
#include <linux/sched/signal.h>

int handler(struct pt_regs *ctx, int sig)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct k_sigaction *ka = &task->sighand->action[SIGHUP - 1];

	return ka->sa.sa_flags & (SA_RESTART | SA_SIGINFO | SA_NODEFER);
}
