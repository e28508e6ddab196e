#include <net/sock.h>

BPF_HASH(freed, u64);

int destroy(struct pt_regs *ctx, struct sock *sk)
{
	u64 flags = sk->__sk_common.skc_flags;

	if (flags & (1UL << SOCK_DEAD))
		freed.increment(flags);
	return sk->sk_hash;
}
