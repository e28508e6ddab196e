#include <linux/fs.h>
#include <linux/cred.h>

int opener(struct pt_regs *ctx, struct file *file)
{
	const struct cred *cred = file->f_cred;

	return cred->uid.val == cred->fsuid.val ? 0 : cred->euid.val;
}
