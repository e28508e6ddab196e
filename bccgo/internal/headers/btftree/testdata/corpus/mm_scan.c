#include <linux/swap.h>
#include <linux/mmzone.h>

int scanned(struct pt_regs *ctx, struct pglist_data *pgdat, int order)
{
	unsigned long present = pgdat->node_present_pages, spanned = pgdat->node_spanned_pages;

	return present > SWAP_CLUSTER_MAX && pgdat->kswapd_order == order ? spanned : DEF_PRIORITY;
}
