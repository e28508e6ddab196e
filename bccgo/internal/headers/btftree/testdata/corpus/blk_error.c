#include <linux/blk_types.h>

BPF_HASH(errors, int);

int done(struct pt_regs *ctx, struct request *rq, blk_status_t status)
{
	int s = status;

	if (status == BLK_STS_OK)
		return 0;
	if (status == BLK_STS_IOERR || status == BLK_STS_TIMEOUT || status == BLK_STS_MEDIUM)
		errors.increment(s);
	return BLK_STS_RESOURCE;
}
