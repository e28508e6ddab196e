#include <linux/netfilter.h>
#include <linux/netdevice.h>

BPF_ARRAY(verdicts, u64, NF_MAX_VERDICT + 1);

int hook(struct pt_regs *ctx, struct sk_buff *skb, struct nf_hook_state *state)
{
	int ret = PT_REGS_RC(ctx);

	if (state->hook == NF_INET_PRE_ROUTING && state->pf == NFPROTO_IPV4)
		verdicts.increment(ret);
	return ret == NF_DROP || ret == NF_ACCEPT || ret == NF_STOLEN;
}
