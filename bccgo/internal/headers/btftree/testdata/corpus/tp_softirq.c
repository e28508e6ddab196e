#include <linux/interrupt.h>

BPF_ARRAY(vecs, u64, NR_SOFTIRQS);

TRACEPOINT_PROBE(irq, softirq_entry)
{
	int vec = args->vec;

	if (vec == TIMER_SOFTIRQ || vec == NET_RX_SOFTIRQ || vec == RCU_SOFTIRQ || vec == HI_SOFTIRQ)
		vecs.increment(vec);
	return 0;
}
