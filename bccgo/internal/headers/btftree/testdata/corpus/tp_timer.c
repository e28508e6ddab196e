#include <linux/hrtimer.h>

TRACEPOINT_PROBE(timer, hrtimer_expire_entry)
{
	struct hrtimer *timer = (struct hrtimer *)args->hrtimer;

	return timer->node.expires == args->now;
}
