#include <linux/blkdev.h>

int chunk(struct pt_regs *ctx, struct bio *bio)
{
	u64 sector = bio->bi_iter.bi_sector;
	u64 page = sector >> PAGE_SECTORS_SHIFT;

	return round_down(sector, 8) + round_up(sector, PAGE_SECTORS) + page + (sector & SECTOR_MASK);
}
