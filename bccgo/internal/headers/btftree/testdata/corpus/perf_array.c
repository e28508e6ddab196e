#include <linux/threads.h>
#include <linux/errno.h>

BPF_PERF_ARRAY(counters, NR_CPUS);
BPF_PERCPU_ARRAY(seen, u64, 1);

int read_counter(struct pt_regs *ctx)
{
	u32 cpu = bpf_get_smp_processor_id();
	int zero = 0;
	u64 now = counters.perf_read(cpu), *last = seen.lookup(&zero);

	if (last)
		*last = now;
	return now == (u64)-ENOENT;
}
