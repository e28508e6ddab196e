#include <linux/sched.h>

BPF_HASH(counts, u32);

int count_names(struct pt_regs *ctx, struct task_struct *p)
{
	u32 pid = p->pid;
	char comm[TASK_COMM_LEN];

	bpf_probe_read_kernel_str(comm, sizeof(comm), p->comm);
	if (comm[0] == 'k')
		counts.increment(pid);
	return 0;
}
