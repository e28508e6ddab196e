#include <linux/gfp.h>

BPF_HASH(asked, u32);

int alloc(struct pt_regs *ctx, gfp_t gfp, unsigned int order)
{
	u32 key = gfp;

	if (gfp & __GFP_ZERO || (gfp & GFP_KERNEL) == GFP_KERNEL)
		asked.increment(key);
	if (gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOFAIL | __GFP_COMP | __GFP_ACCOUNT))
		asked.increment(key);
	return GFP_ATOMIC | GFP_NOWAIT | GFP_NOFS | GFP_USER | GFP_HIGHUSER | GFP_DMA32;
}
