#include <linux/fs.h>

BPF_HISTOGRAM(sizes);

int read_entry(struct pt_regs *ctx, struct file *file, char *buf, size_t count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_READ) || !S_ISREG(file->f_inode->i_mode))
		return 0;
	sizes.increment(bpf_log2l(count));
	return 0;
}
