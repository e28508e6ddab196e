#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/ns_common.h>

struct mnt_namespace {
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	atomic_t count;
#endif
	struct ns_common ns;
};

int mounts(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return task->nsproxy->mnt_ns->ns.inum;
}
