#include <linux/skbuff.h>
#include <net/ipv6.h>

int rcv6(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct ipv6hdr ip;

	bpf_probe_read_kernel(&ip, sizeof(ip), skb->head + skb->network_header);
	if (ip.version == 6 && ip.nexthdr == NEXTHDR_TCP)
		return ip.hop_limit + ip.priority;
	return ip.saddr.s6_addr32[0] == ip.daddr.s6_addr32[0] ? ntohs(ip.payload_len) : NEXTHDR_HOP;
}
