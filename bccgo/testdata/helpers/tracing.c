/* Helpers of functions at the kernel's own functions and security hooks. */
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/binfmts.h>
#include <linux/bpf.h>

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);
BPF_INODE_STORAGE(opened, u64);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

static inline bool mine(void)
{
	return bpf_get_current_pid_tgid() >> 32 == ME;
}

KFUNC_PROBE(vfs_write, struct file *file, const char *buf, size_t count)
{
	u64 third = 0, none = 0;

	if (!mine() || count != 4321)
		return 0;
	answer(0, bpf_get_func_arg_cnt(ctx));
	answer(1, bpf_get_func_arg(ctx, 2, &third));
	answer(2, third);
	answer(3, bpf_get_func_arg(ctx, 9, &none));
	return 0;
}

KRETFUNC_PROBE(vfs_write, struct file *file, const char *buf, size_t count, loff_t *pos, long written)
{
	u64 result = 0;

	if (!mine() || count != 4321)
		return 0;
	answer(4, bpf_get_func_ret(ctx, &result));
	answer(5, result);
	return 0;
}

KFUNC_PROBE(veth__veth_xmit, struct sk_buff *skb)
{
	if (mine() && skb->len == 777)
		out.increment(6);
	return 0;
}

/* The third time a file is opened, the count begins anew. */
LSM_PROBE(file_open, struct file *file)
{
	u64 zero = 0, *n;

	if (!mine())
		return 0;
	n = opened.inode_storage_get(file->f_inode, &zero, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (n && ++*n == 3)
		answer(7, opened.inode_storage_delete(file->f_inode) + 1);
	return 0;
}

/* Children run as programs do whose file has the right to be root. */
LSM_PROBE(bprm_creds_for_exec, struct linux_binprm *bprm)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	if (task->real_parent->tgid == ME)
		answer(8, bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC) + 1);
	return 0;
}
