#include <net/sock.h>
#include <linux/net.h>
#include <linux/fs.h>

int owner(struct pt_regs *ctx, struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (sock->state == SS_CONNECTED && sock->type == SOCK_STREAM)
		bpf_trace_printk("%d\n", sk->sk_err);
	return sock->file->f_flags & O_NONBLOCK;
}
