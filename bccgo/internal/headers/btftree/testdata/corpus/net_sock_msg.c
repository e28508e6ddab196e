#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>

BPF_HISTOGRAM(sizes);

int sendmsg(struct pt_regs *ctx, struct socket *sock, struct msghdr *msg, size_t size)
{
	if (msg->msg_flags & (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE))
		return 0;
	if (msg->msg_controllen && msg->msg_namelen)
		sizes.increment(bpf_log2l(size));
	return MSG_PEEK | MSG_OOB | MSG_TRUNC | MSG_WAITALL;
}
