#include <uapi/linux/ptrace.h>
#include <linux/log2.h>

BPF_ARRAY(slots, u64, roundup_pow_of_two(100));

int logs(struct pt_regs *ctx, u32 a)
{
	slots.increment(a & (rounddown_pow_of_two(100) - 1));
	return ilog2(4096) + order_base_2(5) + is_power_of_2(64);
}
