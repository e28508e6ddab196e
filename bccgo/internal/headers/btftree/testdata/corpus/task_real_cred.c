#include <linux/sched.h>
#include <linux/cred.h>
#include <linux/uidgid.h>

int changed(struct pt_regs *ctx, struct cred *new)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	kuid_t old = task->real_cred->suid, now = new->suid;

	if (__kuid_val(old) != __kuid_val(now))
		bpf_trace_printk("%d to %d\n", __kuid_val(old), __kuid_val(now));
	return uid_eq(old, GLOBAL_ROOT_UID);
}
