#include <linux/fcntl.h>
#include <linux/stat.h>

BPF_HASH(calls, int);

int statx_call(struct pt_regs *ctx, int dfd, const char *name, unsigned int flags, unsigned int mask)
{
	if (dfd == AT_FDCWD && flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		calls.increment(dfd);
	return mask & (STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID) ? AT_REMOVEDIR : AT_EACCESS;
}
