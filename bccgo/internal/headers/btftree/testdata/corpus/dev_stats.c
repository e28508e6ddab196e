#include <linux/netdevice.h>

int stats(struct pt_regs *ctx, struct net_device *dev)
{
	struct netdev_queue *q = dev->_tx;

	return q->xmit_lock_owner == -1 ? q->trans_start : 0;
}
