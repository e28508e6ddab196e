#include <net/sock.h>

int shut(struct pt_regs *ctx, struct sock *sk, int how)
{
	u32 locks = sk->sk_shutdown;

	if (locks & SEND_SHUTDOWN && how & RCV_SHUTDOWN)
		return SHUTDOWN_MASK;
	return locks & (SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
}
