#include <linux/blkdev.h>

int limits(struct pt_regs *ctx, struct request_queue *q)
{
	struct queue_limits *lim = &q->limits;

	bpf_trace_printk("%u %u %u\n", lim->max_hw_sectors, lim->io_min, lim->io_opt);
	return lim->max_segments * SECTOR_SIZE + lim->physical_block_size;
}
