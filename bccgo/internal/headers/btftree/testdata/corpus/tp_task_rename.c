#include <linux/sched.h>

TRACEPOINT_PROBE(task, task_rename)
{
	char old[TASK_COMM_LEN], new[TASK_COMM_LEN];

	bpf_probe_read_kernel(old, sizeof(old), args->oldcomm);
	bpf_probe_read_kernel(new, sizeof(new), args->newcomm);
	return old[0] != new[0];
}
