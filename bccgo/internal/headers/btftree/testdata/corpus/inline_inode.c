#include <linux/fs.h>

int inode(struct pt_regs *ctx, struct inode *inode)
{
	return i_size_read(inode) + imajor(inode) + iminor(inode) + i_blocksize(inode)
		+ IS_RDONLY(inode) + IS_IMMUTABLE(inode);
}
