#include <linux/fs.h>
#include <linux/dcache.h>

int rename(struct pt_regs *ctx, struct renamedata *rd)
{
	struct dentry *from = rd->old_dentry, *to = rd->new_dentry;

	if (rd->flags & RENAME_EXCHANGE || from->d_name.len == to->d_name.len)
		return RENAME_NOREPLACE;
	return RENAME_WHITEOUT;
}
