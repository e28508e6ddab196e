#include <net/tcp.h>
#include <linux/skbuff.h>

int queued(struct pt_regs *ctx, struct sock *sk, struct sk_buff *skb)
{
	u32 seq = TCP_SKB_CB(skb)->seq, end = TCP_SKB_CB(skb)->end_seq;

	if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN)
		end--;
	return end - seq;
}
