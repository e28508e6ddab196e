#include <linux/skbuff.h>

int lengths(struct pt_regs *ctx, struct sk_buff *skb)
{
	int n = skb_headlen(skb) + skb_headroom(skb) + skb_tailroom(skb);

	n += skb_network_offset(skb) + skb_transport_offset(skb) + skb_mac_offset(skb);
	if (skb_mac_header_was_set(skb) && skb_transport_header_was_set(skb))
		n += skb_network_header_len(skb);
	return n + skb_is_gso(skb) + skb_get_queue_mapping(skb);
}
