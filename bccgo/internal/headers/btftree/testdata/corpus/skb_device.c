#include <linux/skbuff.h>
#include <linux/netdevice.h>
#include <uapi/linux/if.h>

struct named {
	char name[IFNAMSIZ];
};
BPF_HASH(devices, struct named);

int xmit(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct named d = {};
	u32 len = skb->len;

	bpf_probe_read_kernel_str(d.name, sizeof(d.name), dev->name);
	devices.increment(d, len);
	return dev->ifindex;
}
