#include <linux/blkdev.h>
#include <linux/blk-mq.h>

BPF_ARRAY(dirs, u64, 2);

int dir(struct pt_regs *ctx, struct request *rq)
{
	int rw = (rq->cmd_flags & REQ_OP_MASK) == REQ_OP_WRITE ? WRITE : READ;

	dirs.increment(rw);
	return rq->timeout;
}
