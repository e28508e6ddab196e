#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>

int in_namespace(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct pid_namespace *ns = task->nsproxy->pid_ns_for_children;

	bpf_trace_printk("level %d number %u\n", ns->level, ns->ns.inum);
	return 0;
}
