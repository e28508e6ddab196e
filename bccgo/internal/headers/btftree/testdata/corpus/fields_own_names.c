#include <linux/fs.h>
#include <linux/dcache.h>

struct event {
	u32 pid;
	u64 ino;
	int error;
	char name[NAME_MAX / 8];
};
BPF_PERF_OUTPUT(events);

int event(struct pt_regs *ctx, struct dentry *dentry)
{
	struct event e = {};

	e.pid = bpf_get_current_pid_tgid() >> 32;
	e.ino = dentry->d_inode->i_ino;
	e.error = PT_REGS_RC(ctx);
	bpf_probe_read_kernel_str(e.name, sizeof(e.name), dentry->d_name.name);
	events.perf_submit(ctx, &e, sizeof(e));
	return 0;
}
