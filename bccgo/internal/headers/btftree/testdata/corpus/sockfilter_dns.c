#include <bcc/proto.h>
#include <linux/udp.h>

int dns(struct __sk_buff *skb)
{
	u8 *cursor = 0;
	struct ethernet_t *eth = cursor_advance(cursor, sizeof(*eth));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct udp_t *udp = cursor_advance(cursor, sizeof(*udp));

	if (eth->type != ETH_P_IP || ip->nextp != IPPROTO_UDP)
		return 0;
	return udp->dport == 53 || udp->sport == 53 ? udp->length : 0;
}
