#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/utsname.h>

int host(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct uts_namespace *uts = task->nsproxy->uts_ns;
	char name[__NEW_UTS_LEN + 1];

	bpf_probe_read_kernel_str(name, sizeof(name), uts->name.nodename);
	bpf_trace_printk("%s %u\n", name, uts->ns.inum);
	return 0;
}
