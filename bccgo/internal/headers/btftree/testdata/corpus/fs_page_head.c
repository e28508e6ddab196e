#include <linux/mm.h>
#include <linux/mm_types.h>

int user_page(struct pt_regs *ctx, struct page *page)
{
	struct address_space *mapping = page->mapping;

	if ((unsigned long)mapping & PAGE_MAPPING_ANON)
		return page->_refcount.counter;
	return page->_mapcount.counter + 1;
}
