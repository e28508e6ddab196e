#include <linux/tcp.h>

struct life {
	u64 rx, tx;
	u32 in, out, retrans;
};
BPF_PERF_OUTPUT(lives);

int close(struct pt_regs *ctx, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct life l = {};

	l.rx = tp->bytes_received;
	l.tx = tp->bytes_acked;
	l.in = tp->segs_in;
	l.out = tp->data_segs_out;
	l.retrans = tp->total_retrans;
	lives.perf_submit(ctx, &l, sizeof(l));
	return 0;
}
