#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/skbuff.h>

int cache_alloc(struct pt_regs *ctx, struct kmem_cache *cachep, gfp_t flags)
{
	u32 size = sizeof(struct sk_buff_head) + ALIGN(100, sizeof(void *));

	if (flags & __GFP_DIRECT_RECLAIM)
		return size;
	return flags & (__GFP_HIGH | __GFP_KSWAPD_RECLAIM);
}
