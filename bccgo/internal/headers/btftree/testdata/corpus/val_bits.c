#include <uapi/linux/ptrace.h>
#include <linux/bits.h>
#include <linux/bitops.h>

int bits(struct pt_regs *ctx, u64 a)
{
	u64 mask = GENMASK(11, 4) | BIT(20) | BIT_ULL(40) | GENMASK_ULL(63, 60);

	return (a & mask) >> BITS_PER_BYTE | BIT_WORD(130) | BITS_TO_LONGS(65) << 4;
}
