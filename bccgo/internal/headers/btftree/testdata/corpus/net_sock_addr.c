#include <linux/socket.h>
#include <linux/in.h>
#include <linux/in6.h>

int bind(struct pt_regs *ctx, int fd, struct sockaddr *addr)
{
	struct sockaddr_in in = {};

	bpf_probe_read_user(&in, sizeof(in), addr);
	if (in.sin_family == AF_INET && in.sin_addr.s_addr != INADDR_ANY)
		return ntohs(in.sin_port);
	return sizeof(struct sockaddr_in6) + sizeof(struct sockaddr);
}
