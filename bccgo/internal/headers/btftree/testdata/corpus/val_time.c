#include <uapi/linux/ptrace.h>
#include <linux/time64.h>
#include <linux/jiffies.h>

BPF_HISTOGRAM(msecs);

int timed(struct pt_regs *ctx, u64 ns)
{
	msecs.increment(bpf_log2l(ns / NSEC_PER_MSEC));
	if (ns > 2 * NSEC_PER_SEC + 5 * USEC_PER_SEC)
		return ns / NSEC_PER_USEC;
	return HZ + USER_HZ + TICK_NSEC + MSEC_PER_SEC;
}
