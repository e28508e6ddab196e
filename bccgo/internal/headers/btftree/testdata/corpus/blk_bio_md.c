#include <linux/bio.h>
#include <linux/blkdev.h>

int flush(struct pt_regs *ctx, void *mddev, struct bio *bio)
{
	char name[DISK_NAME_LEN];

	bpf_probe_read_kernel_str(name, sizeof(name), bio->bi_bdev->bd_disk->disk_name);
	bpf_trace_printk("%s\n", name);
	return 0;
}
