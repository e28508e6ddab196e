#include <net/sock.h>
#include <linux/skbuff.h>

BPF_HASH(drops, u16);

int receive(struct pt_regs *ctx, struct sock *sk, struct sk_buff *skb)
{
	u16 port = sk->sk_num;

	if (sk->sk_backlog.len + skb->truesize > sk->sk_rcvbuf)
		drops.increment(port);
	return sk->sk_receive_queue.qlen;
}
