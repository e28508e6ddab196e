#include <linux/netlink.h>
#include <linux/rtnetlink.h>

BPF_HASH(types, u16);

int rtnl(struct pt_regs *ctx, struct sk_buff *skb, struct nlmsghdr *nlh)
{
	u16 type = nlh->nlmsg_type;

	if (nlh->nlmsg_flags & (NLM_F_REQUEST | NLM_F_DUMP) && nlh->nlmsg_len > NLMSG_HDRLEN)
		types.increment(type);
	return type == RTM_NEWLINK || type == RTM_GETADDR || type == NLMSG_DONE;
}
