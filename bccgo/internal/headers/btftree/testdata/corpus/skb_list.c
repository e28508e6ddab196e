#include <linux/skbuff.h>
#include <net/sock.h>

int queue(struct pt_regs *ctx, struct sock *sk)
{
	struct sk_buff *first = sk->sk_write_queue.next;

	if (first == (struct sk_buff *)&sk->sk_write_queue)
		return 0;
	return first->len + sk->sk_write_queue.qlen;
}
