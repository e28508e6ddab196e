#include <uapi/linux/ptrace.h>
#include <linux/kernel.h>
#include <linux/limits.h>

BPF_HASH(seen, u64);

int limits(struct pt_regs *ctx, u64 a, u32 b)
{
	if (a == U64_MAX || a > LLONG_MAX || b == U32_MAX || b > INT_MAX || b == U16_MAX)
		seen.increment(a);
	return PATH_MAX + NAME_MAX + S32_MIN + (int)SIZE_MAX + UINT_MAX;
}
