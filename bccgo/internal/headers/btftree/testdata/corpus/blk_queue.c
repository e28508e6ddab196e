#include <linux/blkdev.h>

int queue(struct pt_regs *ctx, struct request_queue *q)
{
	unsigned long depth = q->nr_requests;

	if (q->queue_flags == 0)
		return 0;
	return depth + q->limits.max_sectors + q->limits.logical_block_size;
}
