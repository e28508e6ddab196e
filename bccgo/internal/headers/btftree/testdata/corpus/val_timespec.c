#include <linux/time64.h>
#include <linux/fs.h>

int until(struct pt_regs *ctx, struct timespec64 *ts, struct __kernel_timespec *user)
{
	struct __kernel_timespec t = {};
	u64 ns = ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;

	bpf_probe_read_user(&t, sizeof(t), user);
	return ns > t.tv_nsec ? CLOCK_MONOTONIC : CLOCK_BOOTTIME;
}
