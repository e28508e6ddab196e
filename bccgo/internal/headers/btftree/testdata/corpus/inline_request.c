#include <linux/blkdev.h>
#include <linux/blk-mq.h>

int request(struct pt_regs *ctx, struct request *rq)
{
	if (blk_rq_is_passthrough(rq))
		return 0;
	return blk_rq_pos(rq) + blk_rq_bytes(rq) + blk_rq_sectors(rq) + blk_rq_stats_sectors(rq)
		+ rq_data_dir(rq) + rq_is_sync(rq) + req_op(rq);
}
