#include <linux/netdevice.h>

BPF_HASH(events, u64);

int event(struct pt_regs *ctx, u64 event)
{
	if (event == NETDEV_UP || event == NETDEV_DOWN || event == NETDEV_CHANGENAME)
		events.increment(event);
	return PT_REGS_RC(ctx) == NET_XMIT_CN ? NETDEV_TX_BUSY : NET_RX_DROP;
}
