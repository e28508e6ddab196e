#include <linux/blkdev.h>
#include <linux/blk-mq.h>

int where(struct pt_regs *ctx, struct request *rq)
{
	u64 sector = rq->__sector;
	u32 sectors = rq->__data_len >> SECTOR_SHIFT;

	bpf_trace_printk("%llu +%u tag %d\n", sector, sectors, rq->tag);
	return rq->nr_phys_segments;
}
