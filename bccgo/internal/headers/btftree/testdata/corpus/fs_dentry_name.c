#include <linux/fs.h>
#include <linux/dcache.h>

struct name {
	u32 len;
	char text[NAME_MAX > 32 ? 32 : NAME_MAX];
};
BPF_PERF_OUTPUT(names);

int unlink(struct pt_regs *ctx, struct inode *dir, struct dentry *dentry)
{
	struct name n = {};
	struct qstr name = dentry->d_name;

	n.len = name.len;
	bpf_probe_read_kernel_str(n.text, sizeof(n.text), name.name);
	names.perf_submit(ctx, &n, sizeof(n));
	return 0;
}
