#include <linux/skbuff.h>
#include <net/ip.h>

int fragment(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct iphdr ip;

	bpf_probe_read_kernel(&ip, sizeof(ip), skb->head + skb->network_header);
	if (ip.version != IPVERSION || ip.ihl < 5)
		return 0;
	if (ip.frag_off & htons(IP_MF | IP_OFFSET))
		return ntohs(ip.id);
	return ip.frag_off & htons(IP_DF) ? ip.ihl * 4 : ip.tos & IPTOS_LOWDELAY;
}
