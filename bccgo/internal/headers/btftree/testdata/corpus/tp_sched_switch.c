#include <linux/sched.h>

BPF_HASH(switches, u32);

TRACEPOINT_PROBE(sched, sched_switch)
{
	u32 pid = args->prev_pid;

	if (args->prev_state == TASK_RUNNING && args->next_prio < MAX_RT_PRIO)
		switches.increment(pid);
	return args->next_pid;
}
