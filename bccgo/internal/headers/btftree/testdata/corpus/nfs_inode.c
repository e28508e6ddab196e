#include <linux/fs.h>
#include <linux/nfs_fs.h>
#include <linux/magic.h>

int nfs(struct pt_regs *ctx, struct inode *inode)
{
	if (inode->i_sb->s_magic != NFS_SUPER_MAGIC)
		return -ESTALE;
	return S_ISREG(inode->i_mode) ? NFS_MAXFHSIZE : NFS_PORT;
}
