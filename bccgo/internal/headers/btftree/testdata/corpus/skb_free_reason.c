#include <linux/skbuff.h>
#include <net/dropreason.h>

BPF_HASH(reasons, u32);

int drop(struct pt_regs *ctx, struct sk_buff *skb, enum skb_drop_reason reason)
{
	u32 r = reason;

	if (r != SKB_NOT_DROPPED_YET && r != SKB_DROP_REASON_NOT_SPECIFIED)
		reasons.increment(r);
	return r == SKB_DROP_REASON_NO_SOCKET || r == SKB_DROP_REASON_TCP_CSUM;
}
