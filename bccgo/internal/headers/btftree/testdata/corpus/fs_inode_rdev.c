#include <linux/fs.h>
#include <linux/kdev_t.h>

int device(struct pt_regs *ctx, struct inode *inode)
{
	dev_t dev = inode->i_rdev;

	if (dev == MKDEV(1, 9))
		bpf_trace_printk("urandom\n");
	return MAJOR(dev) << 8 | MINOR(dev);
}
