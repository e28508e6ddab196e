#include <linux/fs.h>
#include <linux/stat.h>

BPF_ARRAY(types, u64, 16);

int typed(struct pt_regs *ctx, struct inode *inode)
{
	umode_t mode = inode->i_mode;

	if (S_ISDIR(mode) || S_ISLNK(mode) || S_ISSOCK(mode) || S_ISFIFO(mode) || S_ISCHR(mode) || S_ISBLK(mode))
		types.increment(mode >> 12);
	if (mode & S_ISUID && mode & S_IXUGO)
		bpf_trace_printk("setuid %lu\n", inode->i_ino);
	return mode & (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX | S_ISGID);
}
