#include <linux/in.h>
#include <linux/inetdevice.h>

int four(struct pt_regs *ctx, u32 addr)
{
	if (ipv4_is_loopback(addr) || ipv4_is_multicast(addr) || ipv4_is_lbcast(addr))
		return 0;
	return ipv4_is_private_10(addr) + ipv4_is_private_172(addr) + ipv4_is_private_192(addr) + ipv4_is_linklocal_169(addr);
}
