#include <linux/fs.h>
#include <linux/writeback.h>

BPF_HASH(reasons, int);

int write_back(struct pt_regs *ctx, void *wb, struct wb_writeback_work *work, int reason)
{
	if (reason == WB_REASON_SYNC || reason == WB_REASON_PERIODIC)
		reasons.increment(reason);
	return WB_SYNC_ALL;
}
