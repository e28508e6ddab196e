#include <linux/fs.h>
#include <linux/fcntl.h>

BPF_HASH(writers, u32);

int write_entry(struct pt_regs *ctx, struct file *file)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u32 flags = file->f_flags;

	if ((flags & O_ACCMODE) == O_RDONLY)
		return 0;
	if (flags & (O_APPEND | O_SYNC | O_DSYNC | O_DIRECT | O_NONBLOCK))
		writers.increment(pid);
	return file->f_mode & FMODE_WRITE;
}
