#include <linux/mmzone.h>
#include <linux/compaction.h>

BPF_HISTOGRAM(orders);

int suitable(struct pt_regs *ctx, struct zone *zone, int order)
{
	int ret = PT_REGS_RC(ctx);

	if (order > PAGE_ALLOC_COSTLY_ORDER)
		orders.increment(order);
	if (ret == COMPACT_SUCCESS || ret == COMPACT_CONTINUE)
		return zone->compact_considered;
	return COMPACT_COMPLETE;
}
