#include <linux/blkdev.h>

int disk(struct pt_regs *ctx, struct gendisk *disk)
{
	return disk_devt(disk) + get_capacity(disk) + get_start_sect(disk->part0) + (bdev_get_queue(disk->part0) == disk->queue);
}
