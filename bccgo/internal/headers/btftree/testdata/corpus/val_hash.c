#include <uapi/linux/ptrace.h>
#include <linux/hash.h>

BPF_ARRAY(buckets, u64, 256);

int bucket(struct pt_regs *ctx, u64 a, u32 b)
{
	buckets.increment(hash_64(a, 8));
	buckets.increment(hash_32(b, 8));
	return hash_long(a, 4) + (u32)GOLDEN_RATIO_64;
}
