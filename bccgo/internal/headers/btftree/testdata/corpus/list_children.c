#include <linux/list.h>
#include <linux/sched.h>

int first_child(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct list_head *next = task->children.next;
	struct task_struct *child;

	if (next == &task->children)
		return 0;
	child = (void *)next - offsetof(struct task_struct, sibling);
	bpf_probe_read_kernel(&next, sizeof(next), &child->sibling.next);
	return next == 0;
}
