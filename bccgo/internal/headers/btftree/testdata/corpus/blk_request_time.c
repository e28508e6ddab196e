#include <linux/blk-mq.h>

BPF_HASH(start, struct request *);
BPF_HISTOGRAM(usecs);

int begin(struct pt_regs *ctx, struct request *rq)
{
	u64 ts = bpf_ktime_get_ns();

	start.update(&rq, &ts);
	return 0;
}
int end(struct pt_regs *ctx, struct request *rq)
{
	u64 *ts = start.lookup(&rq);

	if (!ts)
		return 0;
	usecs.increment(bpf_log2l((bpf_ktime_get_ns() - *ts) / NSEC_PER_USEC));
	start.delete(&rq);
	return 0;
}
