#include <net/tcp.h>

int windows(struct pt_regs *ctx, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	bpf_trace_printk("%u %u %u\n", tp->snd_cwnd, tp->rcv_wnd, tp->snd_ssthresh);
	return tp->snd_ssthresh >= TCP_INFINITE_SSTHRESH;
}
