#include <net/sock.h>

struct pair {
	u32 from, to;
	u16 lport, dport;
};
BPF_HASH(pairs, struct pair);

int sent(struct pt_regs *ctx, struct sock *sk)
{
	struct pair p = {};

	p.from = sk->sk_rcv_saddr;
	p.to = sk->sk_daddr;
	p.lport = sk->sk_num;
	p.dport = be16_to_cpu(sk->sk_dport);
	pairs.increment(p);
	return 0;
}
