#include <linux/blk-mq.h>

BPF_HISTOGRAM(dist);

int issue(struct pt_regs *ctx, struct request *rq)
{
	dist.increment(bpf_log2l(rq->__data_len / 1024));
	return 0;
}
