#include <net/inet_connection_sock.h>

int retransmit(struct pt_regs *ctx, struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	bpf_trace_printk("rto %u\n", icsk->icsk_rto * 1000 / HZ);
	return icsk->icsk_retransmits;
}
