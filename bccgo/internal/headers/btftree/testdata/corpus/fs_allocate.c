#include <linux/fs.h>
#include <uapi/linux/falloc.h>

int allocate(struct pt_regs *ctx, struct file *file, int mode, loff_t offset, loff_t len)
{
	if (mode & FALLOC_FL_PUNCH_HOLE)
		bpf_trace_printk("hole of %lld\n", len);
	return mode & (FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE | FALLOC_FL_COLLAPSE_RANGE);
}
