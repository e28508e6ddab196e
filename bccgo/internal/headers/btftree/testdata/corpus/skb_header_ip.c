#include <linux/skbuff.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/in.h>

BPF_HASH(protocols, u8);

int rcv(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct iphdr *ip = (struct iphdr *)(skb->head + skb->network_header);
	u8 protocol = ip->protocol;

	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_UDP || protocol == IPPROTO_GRE)
		protocols.increment(protocol);
	return ntohs(ip->tot_len) + ip->ttl;
}
