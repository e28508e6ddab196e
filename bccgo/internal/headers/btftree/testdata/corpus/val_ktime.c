#include <uapi/linux/ptrace.h>
#include <linux/ktime.h>

int elapsed(struct pt_regs *ctx, ktime_t a, ktime_t b)
{
	if (ktime_after(a, b))
		return ktime_to_ns(ktime_sub(a, b));
	return ktime_add_ns(a, NSEC_PER_MSEC) > KTIME_MAX - 1 ? ns_to_ktime(7) : ktime_before(a, b);
}
