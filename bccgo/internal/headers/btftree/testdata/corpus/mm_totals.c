#include <linux/sched.h>
#include <linux/mm.h>

BPF_HASH(sizes, u32);

int sizes_of(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 kb = task->mm->total_vm << (PAGE_SHIFT - 10);
	u32 tgid = task->tgid;

	if (task->mm->hiwater_rss > task->mm->data_vm)
		kb += task->mm->stack_vm * PAGE_SIZE / 1024;
	sizes.update(&tgid, &kb);
	return task->mm->map_count;
}
