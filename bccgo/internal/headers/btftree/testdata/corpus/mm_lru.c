#include <linux/mmzone.h>

int lru(struct pt_regs *ctx, struct lruvec *lruvec, int nr)
{
	long anon = lruvec->anon_cost, file = lruvec->file_cost;

	return nr == LRU_INACTIVE_FILE || nr == LRU_ACTIVE_ANON ? anon : file;
}
