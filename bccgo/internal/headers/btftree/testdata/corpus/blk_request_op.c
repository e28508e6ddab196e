#include <linux/blk-mq.h>
#include <linux/blk_types.h>

BPF_ARRAY(ops, u64, 64);

int op(struct pt_regs *ctx, struct request *rq)
{
	int which = rq->cmd_flags & REQ_OP_MASK;

	if (which == REQ_OP_READ || which == REQ_OP_WRITE || which == REQ_OP_DISCARD)
		ops.increment(which);
	if (which == REQ_OP_FLUSH || which == REQ_OP_WRITE_ZEROES || which == REQ_OP_DRV_IN)
		ops.increment(which);
	return 0;
}
