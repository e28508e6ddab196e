#include <linux/sched.h>
#include <linux/fs_struct.h>
#include <linux/dcache.h>

int where(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fs_struct *fs = task->fs;
	char name[NAME_MAX > 64 ? 64 : NAME_MAX];

	bpf_probe_read_kernel_str(name, sizeof(name), fs->pwd.dentry->d_name.name);
	bpf_trace_printk("%s umask %o\n", name, fs->umask);
	return fs->root.mnt == fs->pwd.mnt;
}
