#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>

int netns(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct net *net = task->nsproxy->net_ns;

	if (net->ifindex == 1)
		return 0;
	return net->ns.inum;
}
