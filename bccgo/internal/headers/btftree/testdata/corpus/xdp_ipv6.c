#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <uapi/linux/bpf.h>

int six(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (ip->nexthdr == IPPROTO_ICMPV6 && ip->hop_limit == 255)
		return XDP_PASS;
	return ip->version == 6 && ip->saddr.s6_addr16[0] == htons(0xfe80) ? XDP_DROP : XDP_PASS;
}
