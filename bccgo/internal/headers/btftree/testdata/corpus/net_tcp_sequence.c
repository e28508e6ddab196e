#include <net/tcp.h>

int order(struct pt_regs *ctx, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	u32 una = tp->snd_una, nxt = tp->snd_nxt, seq = tp->write_seq;

	if (before(una, nxt) && !after(nxt, seq))
		return between(nxt, una, seq);
	return tp->copied_seq - tp->rcv_nxt;
}
