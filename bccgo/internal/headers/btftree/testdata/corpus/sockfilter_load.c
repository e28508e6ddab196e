#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/in.h>

BPF_ARRAY(counts, u64, 256);

int count(struct __sk_buff *skb)
{
	int index = load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol));

	if (skb->pkt_type == PACKET_OUTGOING || skb->pkt_type == PACKET_HOST)
		counts.atomic_increment(index, skb->len);
	return 0;
}
