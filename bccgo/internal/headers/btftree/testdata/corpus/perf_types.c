#include <uapi/linux/ptrace.h>
#include <uapi/linux/perf_event.h>

BPF_HASH(types, u32);

int opened(struct pt_regs *ctx, struct perf_event_attr *attr)
{
	struct perf_event_attr a = {};
	u32 type;

	bpf_probe_read_user(&a, sizeof(a), attr);
	type = a.type;
	if (type == PERF_TYPE_HARDWARE && a.config == PERF_COUNT_HW_CPU_CYCLES && a.exclude_kernel)
		types.increment(type);
	return a.inherit + a.freq + a.precise_ip;
}
