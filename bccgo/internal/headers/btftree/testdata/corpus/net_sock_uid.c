#include <net/sock.h>
#include <linux/uidgid.h>

int uid(struct pt_regs *ctx, struct sock *sk)
{
	u32 mark = sk->sk_mark, prio = sk->sk_priority;

	return mark + prio + sk->sk_uid.val;
}
