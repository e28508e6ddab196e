#include <net/sock.h>
#include <linux/fs.h>

int socket_of(struct pt_regs *ctx, struct inode *inode)
{
	struct socket *sock = SOCKET_I(inode);

	return SOCK_INODE(sock) == inode;
}
