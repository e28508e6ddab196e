#include <linux/sched.h>
#include <linux/cred.h>

BPF_HASH(users, u32);

int acted(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct cred *cred = task->cred;
	u32 uid = cred->uid.val;

	if (cred->euid.val != uid || cred->fsgid.val != cred->gid.val)
		users.increment(uid);
	return 0;
}
