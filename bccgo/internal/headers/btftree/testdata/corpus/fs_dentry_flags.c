#include <linux/dcache.h>

int lookup(struct pt_regs *ctx, struct dentry *dentry)
{
	unsigned int flags = dentry->d_flags;

	if ((flags & DCACHE_ENTRY_TYPE) == DCACHE_DIRECTORY_TYPE || flags & DCACHE_MOUNTED)
		return 1;
	return dentry->d_inode ? flags & DCACHE_REFERENCED : -ENOENT;
}
