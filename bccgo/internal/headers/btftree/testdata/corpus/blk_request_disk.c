#include <linux/blkdev.h>
#include <linux/blk-mq.h>

struct disk {
	char name[DISK_NAME_LEN];
};
BPF_HASH(disks, struct disk);

int account(struct pt_regs *ctx, struct request *rq)
{
	struct gendisk *disk = rq->q->disk;
	struct disk d = {};

	bpf_probe_read_kernel_str(d.name, sizeof(d.name), disk->disk_name);
	disks.increment(d);
	return disk->major << MINORBITS | disk->first_minor;
}
