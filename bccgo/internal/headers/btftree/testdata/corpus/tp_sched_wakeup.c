#include <linux/sched.h>

BPF_HASH(woken, u32);

TRACEPOINT_PROBE(sched, sched_wakeup)
{
	u32 pid = args->pid;
	u64 ts = bpf_ktime_get_ns();

	woken.update(&pid, &ts);
	return args->target_cpu;
}
