#include <linux/cred.h>
#include <linux/user_namespace.h>

int userns(struct pt_regs *ctx, struct cred *cred)
{
	struct user_namespace *ns = cred->user_ns;

	if (ns->level > 0)
		bpf_trace_printk("owner %d of %u\n", ns->owner.val, ns->ns.inum);
	return ns->level;
}
