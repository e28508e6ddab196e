#include <net/sock.h>
#include <linux/errno.h>

BPF_HASH(errors, int);

int report(struct pt_regs *ctx, struct sock *sk)
{
	int err = sk->sk_err;

	if (err == ECONNREFUSED || err == ECONNRESET || err == EHOSTUNREACH || err == ENETDOWN)
		errors.increment(err);
	return err == ETIMEDOUT ? -EINPROGRESS : -EADDRINUSE;
}
