#include <linux/sched.h>

BPF_HASH(ran, u32);

RAW_TRACEPOINT_PROBE(sched_switch)
{
	struct task_struct *prev = (struct task_struct *)ctx->args[1];
	struct task_struct *next = (struct task_struct *)ctx->args[2];
	u32 pid;

	bpf_probe_read_kernel(&pid, sizeof(pid), &prev->pid);
	ran.increment(pid);
	bpf_probe_read_kernel(&pid, sizeof(pid), &next->tgid);
	ran.increment(pid);
	return 0;
}
