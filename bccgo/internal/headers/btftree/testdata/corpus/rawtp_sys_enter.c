#include <uapi/linux/ptrace.h>

BPF_HASH(calls, u64);

RAW_TRACEPOINT_PROBE(sys_enter)
{
	struct pt_regs regs = {};
	u64 nr = ctx->args[1];

	bpf_probe_read_kernel(&regs, sizeof(regs), (void *)ctx->args[0]);
	if (PT_REGS_PARM1_SYSCALL(&regs) == 0)
		calls.increment(nr);
	return 0;
}
