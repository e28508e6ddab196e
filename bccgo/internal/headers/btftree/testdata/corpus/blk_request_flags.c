#include <linux/blk-mq.h>

BPF_HASH(flags, u32);

int merge(struct pt_regs *ctx, struct request *rq)
{
	u32 f = rq->cmd_flags >> REQ_OP_BITS;

	if (rq->cmd_flags & (REQ_SYNC | REQ_META | REQ_PRIO | REQ_FUA))
		flags.increment(f);
	if (rq->cmd_flags & (REQ_RAHEAD | REQ_BACKGROUND | REQ_NOMERGE | REQ_IDLE | REQ_NOWAIT | REQ_PREFLUSH))
		flags.increment(f);
	return 0;
}
