#include <linux/mman.h>

BPF_HASH(maps, u64);

int map(struct pt_regs *ctx, struct file *file, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags)
{
	u64 rounded = PAGE_ALIGN(len);

	if (prot & PROT_EXEC && prot & PROT_WRITE && !(flags & MAP_FIXED))
		maps.increment(rounded);
	if (flags & (MAP_ANONYMOUS | MAP_POPULATE | MAP_NORESERVE | MAP_HUGETLB | MAP_STACK))
		maps.increment(addr);
	return MAP_PRIVATE | MAP_SHARED | MAP_SHARED_VALIDATE;
}
