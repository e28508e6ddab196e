#include <linux/skbuff.h>

int lengths(struct pt_regs *ctx, struct sk_buff_head *list)
{
	if (skb_queue_empty(list) || !skb_peek(list))
		return 0;
	return skb_queue_len(list);
}
