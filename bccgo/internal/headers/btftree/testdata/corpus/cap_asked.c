#include <linux/sched.h>
#include <linux/capability.h>
#include <linux/security.h>

BPF_HASH(asked, int);

int cap(struct pt_regs *ctx, const struct cred *cred, struct user_namespace *ns, int cap, int opts)
{
	if (opts & (CAP_OPT_NOAUDIT | CAP_OPT_INSETID))
		return 0;
	if (cap == CAP_SYS_ADMIN || cap == CAP_NET_RAW || cap == CAP_LAST_CAP)
		asked.increment(cap);
	return CAP_BPF + CAP_PERFMON + CAP_CHECKPOINT_RESTORE;
}
