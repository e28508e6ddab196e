#include <linux/skbuff.h>
#include <linux/if_arp.h>

BPF_HASH(ops, u16);

int arp(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct arphdr *h = (struct arphdr *)(skb->head + skb->network_header);
	u16 op = ntohs(h->ar_op);

	if (h->ar_hrd == htons(ARPHRD_ETHER) && (op == ARPOP_REQUEST || op == ARPOP_REPLY))
		ops.increment(op);
	return h->ar_hln + h->ar_pln;
}
