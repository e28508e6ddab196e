#include <linux/icmpv6.h>
#include <linux/skbuff.h>

int icmp6(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct icmp6hdr *h = (struct icmp6hdr *)(skb->head + skb->transport_header);

	if (h->icmp6_type == ICMPV6_ECHO_REQUEST)
		return h->icmp6_identifier;
	return h->icmp6_type == ICMPV6_PKT_TOOBIG ? h->icmp6_mtu : h->icmp6_code;
}
