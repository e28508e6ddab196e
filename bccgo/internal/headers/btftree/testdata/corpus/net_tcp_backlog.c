#include <net/sock.h>

struct backlog {
	u32 max;
	u32 slot;
};
BPF_HASH(lengths, struct backlog);

int syn(struct pt_regs *ctx, struct sock *sk)
{
	struct backlog b = {};

	b.max = sk->sk_max_ack_backlog;
	b.slot = bpf_log2l(sk->sk_ack_backlog);
	lengths.increment(b);
	return 0;
}
