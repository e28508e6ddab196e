#include <linux/fs.h>
#include <linux/kdev_t.h>

int sync(struct pt_regs *ctx, struct super_block *sb)
{
	char id[32];
	u32 dev = sb->s_dev;

	bpf_probe_read_kernel_str(id, sizeof(id), sb->s_id);
	bpf_trace_printk("%s %d:%d\n", id, MAJOR(dev), MINOR(dev));
	return sb->s_blocksize_bits;
}
