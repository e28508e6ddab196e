#include <linux/skbuff.h>
#include <net/ip.h>

int opts(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct inet_skb_parm *p = (struct inet_skb_parm *)skb->cb;

	return p->flags & (IPSKB_FORWARDED | IPSKB_FRAG_COMPLETE) ? p->iif : sizeof(skb->cb);
}
