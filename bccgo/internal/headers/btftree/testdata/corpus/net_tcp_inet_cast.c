#include <net/inet_sock.h>

int cast(struct pt_regs *ctx, struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	return inet->inet_saddr == inet->inet_rcv_saddr && inet->inet_daddr != htonl(INADDR_LOOPBACK);
}
