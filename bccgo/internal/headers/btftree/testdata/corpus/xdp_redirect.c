#include <uapi/linux/bpf.h>

BPF_DEVMAP(devices, 8);
BPF_CPUMAP(cpus, 8);

int redirect(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index % 2)
		return devices.redirect_map(ctx->ingress_ifindex & 7, 0);
	return cpus.redirect_map(0, 0);
}
