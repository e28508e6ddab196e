#include <linux/blkdev.h>

BPF_HISTOGRAM(sizes);

TRACEPOINT_PROBE(block, block_rq_complete)
{
	if (args->nr_sector && args->dev)
		sizes.increment(bpf_log2l(args->nr_sector));
	return args->error;
}
