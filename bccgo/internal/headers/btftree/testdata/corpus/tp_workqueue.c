#include <linux/workqueue.h>

BPF_HASH(queued, u64);

TRACEPOINT_PROBE(workqueue, workqueue_execute_start)
{
	u64 fn = (u64)args->function;

	queued.increment(fn);
	return 0;
}
