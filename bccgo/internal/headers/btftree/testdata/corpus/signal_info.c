#include <linux/sched.h>
#include <linux/signal.h>

int deliver(struct pt_regs *ctx, int sig, struct kernel_siginfo *info)
{
	if (info->si_signo == SIGCHLD && info->si_code == CLD_EXITED)
		bpf_trace_printk("pid %d status %d\n", info->si_pid, info->si_status);
	if (info->si_code == SEGV_MAPERR)
		return info->si_errno;
	return (int)(long)info->si_addr;
}
