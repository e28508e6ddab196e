#include <uapi/linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/in.h>

BPF_PERCPU_ARRAY(dropped, u64, 256);

int drop(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	u64 *n;

	if ((void *)(ip + 1) > end || eth->h_proto != htons(ETH_P_IP))
		return XDP_PASS;
	u32 index = ip->protocol;
	n = dropped.lookup(&index);
	if (n)
		*n += 1;
	return index == IPPROTO_UDP ? XDP_DROP : XDP_PASS;
}
