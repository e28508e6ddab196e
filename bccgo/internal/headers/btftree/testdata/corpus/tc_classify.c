#include <uapi/linux/bpf.h>
#include <uapi/linux/pkt_cls.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

int classify(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;

	if ((void *)(ip + 1) > end)
		return TC_ACT_UNSPEC;
	if (skb->mark == 7)
		return TC_ACT_SHOT;
	skb->tc_classid = skb->ifindex;
	return ip->ttl > 1 ? TC_ACT_OK : TC_ACT_STOLEN;
}
