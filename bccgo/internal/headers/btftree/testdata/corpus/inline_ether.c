#include <linux/etherdevice.h>

int ether(struct pt_regs *ctx, void *from)
{
	u8 addr[8];

	bpf_probe_read_kernel(addr, ETH_ALEN, from);
	return is_multicast_ether_addr(addr) + is_broadcast_ether_addr(addr) * 2 + is_zero_ether_addr(addr) * 4;
}
