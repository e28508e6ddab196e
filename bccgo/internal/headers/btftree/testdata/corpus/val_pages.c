#include <linux/mm.h>

int pages(struct pt_regs *ctx, u64 addr, u64 bytes)
{
	u64 n = PFN_UP(bytes) + PFN_DOWN(addr) + offset_in_page(addr);

	return PAGE_ALIGNED(addr) ? n : (addr & PAGE_MASK) >> PAGE_SHIFT;
}
