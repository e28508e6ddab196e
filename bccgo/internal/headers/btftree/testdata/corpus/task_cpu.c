#include <linux/sched.h>
#include <linux/cpumask.h>

BPF_HISTOGRAM(cpus);

int moved(struct pt_regs *ctx, struct task_struct *p, unsigned int new_cpu)
{
	if (p->nr_cpus_allowed == 1 || p->on_cpu)
		return 0;
	cpus.increment(new_cpu % NR_CPUS);
	return p->wake_cpu;
}
