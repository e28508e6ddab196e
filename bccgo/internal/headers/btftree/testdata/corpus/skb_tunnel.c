#include <linux/skbuff.h>
#include <linux/udp.h>

int inner(struct pt_regs *ctx, struct sk_buff *skb)
{
	u32 outer = skb->transport_header - skb->network_header;
	u32 inner = skb->inner_transport_header - skb->inner_network_header;

	return outer == sizeof(struct udphdr) + 20 ? inner : skb->inner_protocol;
}
