#include <linux/bio.h>

BPF_HISTOGRAM(sizes);

int submit(struct pt_regs *ctx, struct bio *bio)
{
	u32 bytes = bio->bi_iter.bi_size;

	sizes.increment(bpf_log2l(bytes >> 10));
	return bio->bi_vcnt;
}
