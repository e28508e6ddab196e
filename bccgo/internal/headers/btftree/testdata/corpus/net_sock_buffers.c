#include <net/sock.h>

struct buffers {
	int rcv, snd, queued, alloc;
};
BPF_PERF_OUTPUT(buffers);

int full(struct pt_regs *ctx, struct sock *sk)
{
	struct buffers b = {};

	b.rcv = sk->sk_rcvbuf;
	b.snd = sk->sk_sndbuf;
	b.queued = sk->sk_wmem_queued;
	b.alloc = sk->sk_rmem_alloc.counter;
	buffers.perf_submit(ctx, &b, sizeof(b));
	return sk->sk_forward_alloc;
}
