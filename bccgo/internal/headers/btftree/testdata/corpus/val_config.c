#include <linux/kconfig.h>
#include <linux/sched.h>

int config(struct pt_regs *ctx)
{
	int n = 0;

	if (IS_ENABLED(CONFIG_IPV6))
		n |= 1;
	if (IS_ENABLED(CONFIG_SMP) && IS_BUILTIN(CONFIG_BPF_SYSCALL))
		n |= 2;
	if (IS_MODULE(CONFIG_EXT4_FS) || IS_ENABLED(CONFIG_NO_SUCH_OPTION))
		n |= 4;
#ifdef CONFIG_CGROUPS
	n |= 8;
#endif
	return n;
}
