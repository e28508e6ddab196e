#include <linux/if_vlan.h>
#include <linux/skbuff.h>

int tagged(struct pt_regs *ctx, struct sk_buff *skb)
{
	u16 tci = skb->vlan_tci;

	if (skb->vlan_proto != htons(ETH_P_8021Q))
		return 0;
	return (tci & VLAN_VID_MASK) | (tci & VLAN_PRIO_MASK) >> VLAN_PRIO_SHIFT;
}
