#include <linux/fs.h>

int direct(struct pt_regs *ctx, struct file *file)
{
	int flags = file->f_flags;
	int mask = O_DIRECT | O_DIRECTORY | O_LARGEFILE;

	return (flags & mask) == (O_DIRECT | O_LARGEFILE);
}
