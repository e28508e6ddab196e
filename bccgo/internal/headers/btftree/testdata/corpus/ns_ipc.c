#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/ipc_namespace.h>

int ipcns(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct ipc_namespace *ns = task->nsproxy->ipc_ns;

	return ns->shm_ctlmax > PAGE_SIZE ? ns->ns.inum : ns->msg_ctlmax;
}
