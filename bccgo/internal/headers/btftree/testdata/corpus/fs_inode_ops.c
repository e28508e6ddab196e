#include <linux/fs.h>

int same_ops(struct pt_regs *ctx, struct file *file)
{
	const struct file_operations *fop = file->f_op;

	if (fop == file->f_inode->i_fop)
		return 0;
	return fop->read_iter != 0 || fop->mmap == NULL;
}
