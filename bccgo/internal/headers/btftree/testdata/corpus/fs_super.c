#include <linux/fs.h>
#include <linux/magic.h>

BPF_HASH(magics, u64);

int stat_fs(struct pt_regs *ctx, struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	u64 magic = sb->s_magic;

	if (magic == PROC_SUPER_MAGIC || magic == SYSFS_MAGIC || magic == TMPFS_MAGIC)
		return 0;
	if (magic == EXT4_SUPER_MAGIC || magic == XFS_SUPER_MAGIC || magic == OVERLAYFS_SUPER_MAGIC)
		magics.increment(magic);
	return sb->s_flags & (SB_RDONLY | SB_NOSUID | SB_NODEV);
}
