#include <linux/mm_types.h>
#include <linux/fs.h>

int dirtied(struct pt_regs *ctx, struct folio *folio, struct address_space *mapping)
{
	struct inode *host = mapping->host;

	return host->i_ino + (folio->index << PAGE_SHIFT);
}
