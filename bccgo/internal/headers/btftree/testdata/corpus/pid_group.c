#include <linux/sched.h>
#include <linux/sched/signal.h>

BPF_HASH(levels, u32, u32);

int session(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct pid *sid = task->signal->pids[PIDTYPE_SID];
	u32 leader = sid->level, tgid = task->tgid;

	levels.update(&tgid, &leader);
	return task->signal->pids[PIDTYPE_PGID] == sid;
}
