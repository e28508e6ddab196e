#include <linux/sched.h>
#include <linux/fdtable.h>

int descriptor(struct pt_regs *ctx, int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = task->files->fdt;
	struct file *file = NULL;

	if (fd < 0 || fd >= fdt->max_fds)
		return -EBADF;
	bpf_probe_read_kernel(&file, sizeof(file), &fdt->fd[fd]);
	return file ? file->f_flags : 0;
}
