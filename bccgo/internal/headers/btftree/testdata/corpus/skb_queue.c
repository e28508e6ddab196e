#include <linux/skbuff.h>

int mapping(struct pt_regs *ctx, struct sk_buff *skb)
{
	u16 queue = skb->queue_mapping;

	return queue + skb->priority + skb->mark + skb->hash + skb->napi_id;
}
