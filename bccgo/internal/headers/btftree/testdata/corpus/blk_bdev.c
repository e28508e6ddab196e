#include <linux/blk_types.h>
#include <linux/blkdev.h>

int open(struct pt_regs *ctx, struct block_device *bdev)
{
	u64 sectors = bdev->bd_nr_sectors;

	return bdev->bd_start_sect + sectors > 1000 ? bdev->bd_dev : bdev->bd_holders;
}
