#include <uapi/linux/ptrace.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

int clip(struct pt_regs *ctx, u32 a, u32 b)
{
	u32 low = a, high = b;

	if (low > high)
		swap(low, high);
	return high - low + lower_32_bits((u64)a << 8) + upper_32_bits((u64)b << 24);
}
