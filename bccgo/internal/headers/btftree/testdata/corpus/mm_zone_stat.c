#include <linux/mm.h>

int low_zone(struct pt_regs *ctx, struct zone *zone)
{
	long free = zone->vm_stat[NR_FREE_PAGES].counter;
	long anon = zone->zone_pgdat->vm_stat[NR_ANON_MAPPED].counter;

	return free < (long)zone->_watermark[WMARK_LOW] && anon > free;
}
