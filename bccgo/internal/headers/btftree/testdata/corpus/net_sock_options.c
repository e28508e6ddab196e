#include <linux/socket.h>
#include <net/sock.h>

BPF_HASH(names, int);

int setsockopt(struct pt_regs *ctx, int fd, int level, int name)
{
	if (level == SOL_SOCKET && (name == SO_REUSEADDR || name == SO_REUSEPORT || name == SO_KEEPALIVE))
		names.increment(name);
	if (level == SOL_IP || level == SOL_IPV6 || level == SOL_UDP)
		names.increment(level);
	return SO_RCVBUF + SO_ATTACH_BPF + SO_LINGER + SO_BINDTODEVICE;
}
