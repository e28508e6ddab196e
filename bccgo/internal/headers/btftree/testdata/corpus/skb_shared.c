#include <linux/skbuff.h>

int gso(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct skb_shared_info *info = (struct skb_shared_info *)(skb->head + skb->end);

	if (info->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_UDP_L4))
		return info->gso_size * info->gso_segs;
	return info->nr_frags;
}
