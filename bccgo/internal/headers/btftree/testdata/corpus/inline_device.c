#include <linux/netdevice.h>

int device(struct pt_regs *ctx, struct net_device *dev)
{
	return netif_running(dev) + netif_carrier_ok(dev) + (dev_net(dev) == 0) + (netdev_priv(dev) == (void *)dev);
}
