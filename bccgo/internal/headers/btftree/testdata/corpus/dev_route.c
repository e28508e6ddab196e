#include <net/route.h>
#include <net/ip_fib.h>

int route(struct pt_regs *ctx, struct rtable *rt)
{
	if (rt->rt_type == RTN_LOCAL || rt->rt_type == RTN_BROADCAST)
		return rt->rt_iif;
	return rt->rt_gw4 ? rt->rt_flags & (RTCF_LOCAL | RTCF_REDIRECTED) : RTN_UNICAST;
}
