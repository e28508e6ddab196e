#include <linux/binfmts.h>
#include <linux/fs.h>

int exec(struct pt_regs *ctx, struct linux_binprm *bprm)
{
	char name[64];

	bpf_probe_read_kernel_str(name, sizeof(name), bprm->filename);
	bpf_trace_printk("%s %d args, %lu\n", name, bprm->argc, bprm->file->f_inode->i_ino);
	return bprm->envc > 100;
}
