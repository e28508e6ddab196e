#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <uapi/linux/sched.h>

BPF_HASH(flags, u64);

int clone(struct pt_regs *ctx, struct kernel_clone_args *args)
{
	u64 f = args->flags;

	if (f & CLONE_THREAD && f & (CLONE_VM | CLONE_FILES | CLONE_SIGHAND))
		flags.increment(f);
	if (f & (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWCGROUP))
		flags.increment(f);
	return args->exit_signal == SIGCHLD ? SCHED_NORMAL : SCHED_DEADLINE;
}
