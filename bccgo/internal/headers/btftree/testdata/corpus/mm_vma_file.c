#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/dcache.h>

int mapped(struct pt_regs *ctx, struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	char name[32];

	if (!file)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), file->f_path.dentry->d_name.name);
	bpf_trace_printk("%s %lu\n", name, file->f_inode->i_ino);
	return 0;
}
