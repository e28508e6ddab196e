#include <net/flow.h>
#include <net/sock.h>

int output(struct pt_regs *ctx, struct net *net, struct flowi4 *fl)
{
	u16 port = fl->fl4_dport;

	if (fl->flowi4_proto == IPPROTO_TCP && fl->daddr)
		return ntohs(port) + fl->flowi4_oif;
	return fl->flowi4_mark;
}
