#include <net/sock.h>

BPF_HASH(states, u32);

int state(struct pt_regs *ctx, struct sock *sk)
{
	u32 s = sk->sk_state;

	if (sk->sk_family == AF_INET6 && sk->sk_dport == htons(443))
		states.increment(s);
	return sk->sk_num + sk->sk_bound_dev_if;
}
