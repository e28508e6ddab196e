#include <uapi/linux/ptrace.h>
#include <linux/fs.h>

BPF_HASH(names, u32);

int syscall__openat(struct pt_regs *ctx, int dfd, const char __user *name, int flags)
{
	u32 pid = bpf_get_current_pid_tgid();

	if (flags & O_WRONLY)
		names.increment(pid);
	return dfd;
}
