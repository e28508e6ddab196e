#include <linux/fs.h>
#include <uapi/linux/mount.h>

BPF_HASH(mounts, u64);

int mount_call(struct pt_regs *ctx, char *dev, char *dir, char *type, unsigned long flags)
{
	u64 what = flags & (MS_BIND | MS_MOVE | MS_REMOUNT | MS_REC);

	if (flags & MS_RDONLY || flags & MS_NOATIME)
		what |= MS_RDONLY;
	mounts.increment(what);
	return MS_PRIVATE | MS_SHARED | MS_SLAVE | MNT_DETACH | MNT_FORCE;
}
