#include <linux/fs.h>
#include <linux/dcache.h>

int kind(struct pt_regs *ctx, struct dentry *dentry, struct file *file)
{
	if (d_is_negative(dentry) || d_unhashed(dentry))
		return 0;
	if (d_is_dir(dentry) || d_is_symlink(dentry))
		return d_count(dentry);
	return d_is_reg(dentry) + (d_inode(dentry) == file_inode(file)) + d_mountpoint(dentry);
}
