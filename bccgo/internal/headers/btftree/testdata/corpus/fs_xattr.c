#include <uapi/linux/ptrace.h>
#include <uapi/linux/xattr.h>
#include <uapi/linux/limits.h>

int setxattr(struct pt_regs *ctx, void *idmap, struct dentry *dentry, const char *name)
{
	char n[24];
	int flags = PT_REGS_PARM5(ctx);

	bpf_probe_read_kernel_str(n, sizeof(n), name);
	if (n[0] == 's' && n[1] == 'e')
		bpf_trace_printk("%s\n", n);
	return flags == XATTR_CREATE ? XATTR_NAME_MAX : XATTR_REPLACE;
}
