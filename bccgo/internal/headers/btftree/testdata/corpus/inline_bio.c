#include <linux/bio.h>
#include <linux/blkdev.h>

int bio(struct pt_regs *ctx, struct bio *bio)
{
	if (!bio_has_data(bio) || bio_flagged(bio, BIO_CHAIN))
		return 0;
	return bio_op(bio) + bio_sectors(bio) + bio_end_sector(bio) + op_is_write(bio_op(bio))
		+ op_is_sync(REQ_OP_READ) + bdev_nr_sectors(bio->bi_bdev);
}
