#include <linux/mmzone.h>

int alloc_in(struct pt_regs *ctx, struct zone *zone)
{
	int idx = zone->node;
	char name[8];

	bpf_probe_read_kernel_str(name, sizeof(name), zone->name);
	bpf_trace_printk("%s %d %lu\n", name, idx, zone->spanned_pages);
	return zone->zone_pgdat->node_id == NUMA_NO_NODE ? MAX_NR_ZONES : ZONE_NORMAL;
}
