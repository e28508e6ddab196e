#include <uapi/linux/ptrace.h>
#include <linux/kernel.h>
#include <linux/math64.h>

int math(struct pt_regs *ctx, u64 a, u32 b)
{
	u64 x = div_u64(a, 1000), y = DIV_ROUND_UP(a, 512), z = roundup(b, 12) + rounddown(b, 10);

	x += round_up(a, 4096) + round_down(a, 64) + ALIGN(b, 16) + ALIGN_DOWN(b, 8);
	return x + y + z + IS_ALIGNED(a, 8);
}
