#include <net/af_unix.h>
#include <linux/un.h>

int unix_connect(struct pt_regs *ctx, struct socket *sock, struct sockaddr_un *addr)
{
	char path[UNIX_PATH_MAX];
	struct unix_sock *u = (struct unix_sock *)sock->sk;

	if (addr->sun_family != AF_UNIX)
		return 0;
	bpf_probe_read_kernel_str(path, sizeof(path), addr->sun_path);
	return path[0] == 0 ? u->addr->len : 1;
}
