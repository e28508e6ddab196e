#include <linux/fs.h>

int mount_type(struct pt_regs *ctx, struct super_block *sb)
{
	struct file_system_type *type = sb->s_type;
	char name[16];

	bpf_probe_read_kernel_str(name, sizeof(name), type->name);
	if (type->fs_flags & FS_REQUIRES_DEV && !(type->fs_flags & FS_USERNS_MOUNT))
		bpf_trace_printk("%s\n", name);
	return 0;
}
