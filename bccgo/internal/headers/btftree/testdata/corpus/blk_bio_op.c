#include <linux/bio.h>

int split(struct pt_regs *ctx, struct bio *bio)
{
	if ((bio->bi_opf & REQ_OP_MASK) == REQ_OP_SECURE_ERASE || bio->bi_opf & REQ_FUA)
		return bio->bi_iter.bi_sector;
	if (bio->bi_opf & (REQ_FAILFAST_DEV | REQ_POLLED))
		return bio->bi_status == BLK_STS_IOERR;
	return bio->bi_ioprio;
}
