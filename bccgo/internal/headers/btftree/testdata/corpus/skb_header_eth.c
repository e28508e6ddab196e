#include <linux/skbuff.h>
#include <linux/if_ether.h>

BPF_HASH(types, u16);

int frame(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct ethhdr eth;
	u16 type;

	bpf_probe_read_kernel(&eth, sizeof(eth), skb->head + skb->mac_header);
	type = ntohs(eth.h_proto);
	if (type == ETH_P_ARP || type == ETH_P_IPV6 || eth.h_dest[0] & 1)
		types.increment(type);
	return ETH_HLEN + ETH_ALEN + ETH_DATA_LEN + ETH_P_8021Q;
}
