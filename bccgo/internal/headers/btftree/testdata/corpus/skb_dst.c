#include <linux/skbuff.h>
#include <net/dst.h>

int output(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct dst_entry *dst = (struct dst_entry *)(skb->_skb_refdst & SKB_DST_PTRMASK);

	return dst ? dst->flags & DST_NOXFRM : -ENETUNREACH;
}
