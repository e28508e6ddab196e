#include <linux/in6.h>
#include <linux/socket.h>

int bind6(struct pt_regs *ctx, struct socket *sock, struct sockaddr_in6 *addr)
{
	u32 last = addr->sin6_addr.in6_u.u6_addr32[3];

	if (addr->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	return ntohl(last) + ntohs(addr->sin6_port) + addr->sin6_scope_id;
}
