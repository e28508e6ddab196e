#include <linux/bio.h>
#include <linux/blkdev.h>

BPF_HASH(devices, u32);

int submit(struct pt_regs *ctx, struct bio *bio)
{
	u32 dev = bio->bi_bdev->bd_dev;

	if (MAJOR(dev) != 7)
		devices.increment(dev);
	return bio->bi_bdev->bd_disk->first_minor;
}
