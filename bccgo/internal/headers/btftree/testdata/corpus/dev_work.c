#include <linux/workqueue.h>

BPF_HASH(functions, u64);

int queued(struct pt_regs *ctx, int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	u64 fn = (u64)work->func;

	functions.increment(fn);
	return work->data.counter & 1 ? WORK_CPU_UNBOUND : WQ_HIGHPRI;
}
