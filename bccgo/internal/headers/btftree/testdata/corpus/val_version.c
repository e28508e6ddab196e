#include <uapi/linux/ptrace.h>
#include <linux/version.h>

int release_of(struct pt_regs *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	return LINUX_VERSION_CODE >> 16;
#else
	return 5;
#endif
}
