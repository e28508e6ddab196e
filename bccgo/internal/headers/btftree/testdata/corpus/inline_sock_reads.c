#include <net/sock.h>
#include <net/inet_sock.h>

int reads(struct pt_regs *ctx, struct sock *sk)
{
	struct net *net = sock_net(sk);

	if (!sk_fullsock(sk) || sk_acceptq_is_full(sk))
		return 0;
	return (net == 0) + inet_sk_state_load(sk) + sk_rmem_alloc_get(sk) + sock_flag(sk, SOCK_DEAD);
}
