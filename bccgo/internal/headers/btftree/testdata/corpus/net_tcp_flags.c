#include <net/tcp.h>
#include <linux/tcp.h>

int flags(struct pt_regs *ctx, struct sock *sk, struct sk_buff *skb)
{
	struct tcphdr *tcp = (struct tcphdr *)(skb->head + skb->transport_header);
	u8 bits = ((u8 *)tcp)[13];

	struct tcphdr th;

	bpf_probe_read_kernel(&th, sizeof(th), tcp);
	if (th.syn && !th.ack)
		return TCPHDR_SYN;
	return bits & (TCPHDR_FIN | TCPHDR_RST | TCPHDR_PSH) ? th.doff * 4 : th.window;
}
