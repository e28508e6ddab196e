#include <linux/kref.h>
#include <linux/refcount.h>
#include <linux/cred.h>

int refs(struct pt_regs *ctx, struct kref *kref, struct mm_struct *mm)
{
	if (kref->refcount.refs.counter == 1)
		return mm->mm_users.counter;
	return kref->refcount.refs.counter == REFCOUNT_SATURATED;
}
