#include <net/sock.h>
#include <net/net_namespace.h>

BPF_HASH(netns, u32);

int bound(struct pt_regs *ctx, struct sock *sk)
{
	u32 inum = 0;

#ifdef CONFIG_NET_NS
	inum = sk->__sk_common.skc_net.net->ns.inum;
#endif
	netns.increment(inum);
	return 0;
}
