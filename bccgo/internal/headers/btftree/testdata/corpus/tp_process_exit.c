#include <linux/sched.h>

struct gone {
	u32 pid, ppid;
	u64 age;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(events);

TRACEPOINT_PROBE(sched, sched_process_exit)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct gone g = {};

	if (task->pid != task->tgid)
		return 0;
	g.pid = args->pid;
	g.ppid = task->real_parent->tgid;
	g.age = bpf_ktime_get_ns() - task->start_time;
	bpf_probe_read_kernel_str(g.comm, sizeof(g.comm), args->comm);
	events.perf_submit(args, &g, sizeof(g));
	return 0;
}
