#include <linux/netdevice.h>

int queues(struct pt_regs *ctx, struct net_device *dev)
{
	u32 tx = dev->real_num_tx_queues, rx = dev->real_num_rx_queues;

	return tx == dev->num_tx_queues ? rx : dev->tx_queue_len;
}
