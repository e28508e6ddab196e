#include <linux/netdevice.h>
#include <net/sch_generic.h>

int enqueue(struct pt_regs *ctx, struct sk_buff *skb, struct Qdisc *q)
{
	u32 major = q->handle >> 16;

	bpf_trace_printk("%x: %d of %d\n", major, q->q.qlen, q->limit);
	return q->parent == TC_H_ROOT || q->flags & TCQ_F_NOLOCK;
}
