#include <linux/perf_event.h>
#include <uapi/linux/bpf_perf_event.h>

BPF_HASH(addrs, u64);

int loads(struct bpf_perf_event_data *ctx)
{
	u64 page = ctx->addr & PAGE_MASK, ip = PT_REGS_IP(&ctx->regs);

	if (ip >> 63)
		addrs.increment(page);
	return PERF_COUNT_HW_CACHE_MISSES + PERF_TYPE_SOFTWARE + PERF_SAMPLE_IP;
}
