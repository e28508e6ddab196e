#include <net/inet_timewait_sock.h>

int timewait(struct pt_regs *ctx, struct inet_timewait_sock *tw)
{
	if (tw->tw_substate == TCP_FIN_WAIT2 && tw->tw_family == AF_INET)
		return ntohs(tw->tw_dport);
	return tw->tw_num + tw->tw_daddr;
}
