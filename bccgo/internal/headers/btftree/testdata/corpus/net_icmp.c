#include <linux/icmp.h>
#include <linux/skbuff.h>

BPF_HASH(kinds, u8);

int icmp(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct icmphdr *h = (struct icmphdr *)(skb->head + skb->transport_header);
	u8 type = h->type;

	if (type == ICMP_ECHO || type == ICMP_ECHOREPLY || type == ICMP_DEST_UNREACH)
		kinds.increment(type);
	return h->un.echo.id + h->code == ICMP_PORT_UNREACH;
}
