#include <uapi/linux/bpf_perf_event.h>
#include <uapi/linux/ptrace.h>

BPF_STACK_TRACE(stacks, 1024);
BPF_HASH(counts, int);

int sample(struct bpf_perf_event_data *ctx)
{
	int id = stacks.get_stackid(&ctx->regs, BPF_F_USER_STACK);

	if (id < 0 && id != -EFAULT)
		return 0;
	counts.increment(id);
	return ctx->sample_period;
}
