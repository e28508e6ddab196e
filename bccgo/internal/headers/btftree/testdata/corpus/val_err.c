#include <uapi/linux/ptrace.h>
#include <linux/err.h>

int opened(struct pt_regs *ctx)
{
	void *file = (void *)PT_REGS_RC(ctx);

	if (IS_ERR(file))
		return PTR_ERR(file);
	return IS_ERR_OR_NULL(file) ? -EINVAL : PTR_ERR_OR_ZERO(file);
}
