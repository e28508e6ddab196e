#include <linux/netdevice.h>
#include <uapi/linux/if.h>

int changed(struct pt_regs *ctx, struct net_device *dev)
{
	if (dev->flags & IFF_UP && !(dev->flags & (IFF_LOOPBACK | IFF_POINTOPOINT)))
		return dev->mtu;
	return dev->type == 1 ? dev->addr_len : dev->flags & (IFF_PROMISC | IFF_ALLMULTI);
}
