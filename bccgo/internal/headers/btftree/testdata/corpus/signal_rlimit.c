#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/resource.h>

int limits(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct signal_struct *sig = task->signal;
	u64 soft = sig->rlim[RLIMIT_NOFILE].rlim_cur, hard = sig->rlim[RLIMIT_NOFILE].rlim_max;

	if (hard != RLIM_INFINITY && soft < hard)
		bpf_trace_printk("%llu of %llu\n", soft, hard);
	return sig->oom_score_adj;
}
