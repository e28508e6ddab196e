#include <uapi/linux/bpf.h>
#include <uapi/linux/pkt_cls.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

int rewrite(struct __sk_buff *skb)
{
	u8 tos = load_byte(skb, ETH_HLEN + offsetof(struct iphdr, tos)), new = 0x10;

	bpf_l3_csum_replace(skb, ETH_HLEN + offsetof(struct iphdr, check), htons(tos), htons(new), 2);
	bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, tos), &new, sizeof(new), BPF_F_RECOMPUTE_CSUM);
	return TC_ACT_PIPE;
}
