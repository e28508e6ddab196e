#include <uapi/linux/bpf.h>
#include <linux/socket.h>

BPF_HASH(ops, u32);

int sockops(struct bpf_sock_ops *skops)
{
	u32 op = skops->op;

	if (skops->family != AF_INET || op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		return 0;
	ops.increment(op);
	return skops->local_port + ntohl(skops->remote_port) + skops->snd_cwnd;
}
