#include <linux/socket.h>
#include <net/sock.h>

int detach(struct pt_regs *ctx, struct cmsghdr *cmsg)
{
	if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	return (cmsg->cmsg_len - sizeof(struct cmsghdr)) / sizeof(int);
}
