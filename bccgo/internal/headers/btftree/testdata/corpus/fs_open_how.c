#include <uapi/linux/openat2.h>
#include <linux/fcntl.h>
#include <uapi/linux/limits.h>
#include <linux/sched.h>

struct opened {
	u32 flags, mode;
	char path[NAME_MAX];
};
BPF_PERCPU_ARRAY(scratch, struct opened, 1);

int openat2(struct pt_regs *ctx, int dfd, const char *name, struct open_how *how)
{
	int zero = 0;
	struct opened *o = scratch.lookup(&zero);

	if (!o || how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS))
		return 0;
	o->flags = how->flags;
	o->mode = how->mode;
	bpf_probe_read_user_str(o->path, sizeof(o->path), name);
	return dfd == AT_FDCWD;
}
