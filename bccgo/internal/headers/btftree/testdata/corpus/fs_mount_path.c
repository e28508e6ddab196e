#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/path.h>

int which(struct pt_regs *ctx, struct path *path)
{
	struct vfsmount *mnt = path->mnt;

	if (mnt->mnt_root == path->dentry)
		bpf_trace_printk("root of %lx\n", mnt->mnt_sb->s_magic);
	return mnt->mnt_flags & (MNT_NOSUID | MNT_READONLY | MNT_NOEXEC);
}
