#include <linux/blk-mq.h>

BPF_HISTOGRAM(waits);

int started(struct pt_regs *ctx, struct request *rq)
{
	u64 queued = rq->io_start_time_ns - rq->start_time_ns;

	if (rq->rq_flags && rq->part)
		waits.increment(bpf_log2l(queued));
	return rq->mq_hctx->queue_num;
}
