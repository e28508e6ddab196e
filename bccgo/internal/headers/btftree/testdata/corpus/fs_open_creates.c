#include <linux/fs.h>

int open_done(struct pt_regs *ctx, struct file *file)
{
	if (file->f_mode & FMODE_CREATED)
		bpf_trace_printk("created %lu\n", file->f_inode->i_ino);
	if (file->f_mode & (FMODE_EXEC | FMODE_PATH | FMODE_OPENED | FMODE_LSEEK))
		return 1;
	return file->f_flags & (O_CREAT | O_EXCL | O_TRUNC | O_TMPFILE | O_CLOEXEC | O_NOFOLLOW);
}
