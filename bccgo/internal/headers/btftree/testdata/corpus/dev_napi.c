#include <linux/netdevice.h>

BPF_HISTOGRAM(done);

int poll(struct pt_regs *ctx, struct napi_struct *napi, int budget)
{
	int weight = napi->weight;

	if (budget == NAPI_POLL_WEIGHT && weight == budget)
		done.increment(weight);
	return napi->dev->ifindex;
}
