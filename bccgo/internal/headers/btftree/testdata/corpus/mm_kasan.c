#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/kasan.h>

BPF_HASH(flags, u32);

int cache(struct pt_regs *ctx, void *cache, gfp_t gfp)
{
	u32 f = gfp & (SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT);

	flags.increment(f);
	return ZERO_OR_NULL_PTR(cache) ? 0 : KMALLOC_MAX_CACHE_SIZE;
}
