#include <linux/ptrace.h>
#include <uapi/linux/ptrace.h>

BPF_HASH(requests, long);

int ptrace(struct pt_regs *ctx, struct task_struct *child, long request)
{
	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE || request == PTRACE_SYSCALL)
		requests.increment(request);
	return PTRACE_MODE_READ_FSCREDS + PTRACE_EVENT_EXEC + PT_PTRACED;
}
