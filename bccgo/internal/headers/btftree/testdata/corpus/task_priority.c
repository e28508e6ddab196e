#include <linux/sched.h>
#include <linux/sched/prio.h>

BPF_HISTOGRAM(prios);

int enqueue(struct pt_regs *ctx, void *rq, struct task_struct *p)
{
	int nice = PRIO_TO_NICE(p->static_prio);

	if (p->prio < MAX_RT_PRIO)
		return 0;
	prios.increment(nice - MIN_NICE);
	return DEFAULT_PRIO;
}
