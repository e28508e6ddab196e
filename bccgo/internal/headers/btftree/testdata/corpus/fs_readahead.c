#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/fs.h>

int ahead(struct pt_regs *ctx, struct file_ra_state *ra, struct file *file)
{
	u64 start = ra->start, size = ra->size;

	if (ra->ra_pages < VM_READAHEAD_PAGES)
		bpf_trace_printk("%llu +%llu\n", start, size);
	return ra->async_size;
}
