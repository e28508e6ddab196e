#include <linux/fs.h>
#include <linux/pagemap.h>

int pages(struct pt_regs *ctx, struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;

	if (mapping->host != inode)
		return 0;
	return mapping->nrpages * PAGE_SIZE / 1024;
}
