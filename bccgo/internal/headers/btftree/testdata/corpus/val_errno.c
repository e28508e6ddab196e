#include <uapi/linux/ptrace.h>
#include <linux/errno.h>

BPF_HASH(errors, int);

int returned(struct pt_regs *ctx)
{
	int ret = PT_REGS_RC(ctx);

	if (ret == -EPERM || ret == -EAGAIN || ret == -ENOMEM || ret == -EEXIST || ret == -ENOSPC)
		errors.increment(ret);
	if (ret == -ERESTARTSYS || ret == -EWOULDBLOCK || ret == -EOPNOTSUPP || ret == -EDEADLK)
		errors.increment(ret);
	return EHWPOISON + EOVERFLOW + ELOOP + ENOSYS;
}
