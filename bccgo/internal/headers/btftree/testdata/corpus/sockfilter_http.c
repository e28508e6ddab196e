#include <net/sock.h>
#include <bcc/proto.h>

int filter(struct __sk_buff *skb)
{
	u8 *cursor = 0;
	struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
	struct ip_t *ip;
	struct tcp_t *tcp;

	if (ethernet->type != 0x0800)
		return 0;
	ip = cursor_advance(cursor, sizeof(*ip));
	if (ip->nextp != IPPROTO_TCP)
		return 0;
	tcp = cursor_advance(cursor, sizeof(*tcp));
	return tcp->dst_port == 80 ? -1 : 0;
}
