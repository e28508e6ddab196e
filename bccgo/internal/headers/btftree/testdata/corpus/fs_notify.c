#include <uapi/linux/inotify.h>

BPF_HASH(masks, u32);

int watch(struct pt_regs *ctx, u32 mask)
{
	if (mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO))
		masks.increment(mask);
	return mask & (IN_ONESHOT | IN_EXCL_UNLINK | IN_ALL_EVENTS);
}
