#include <linux/sched.h>
#include <linux/mm_types.h>

struct layout {
	u64 code, data, brk, stack, args;
};
BPF_PERF_OUTPUT(layouts);

int layout(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct mm_struct *mm = task->mm;
	struct layout l = {};

	l.code = mm->end_code - mm->start_code;
	l.data = mm->end_data - mm->start_data;
	l.brk = mm->brk - mm->start_brk;
	l.stack = mm->start_stack;
	l.args = mm->arg_end - mm->arg_start;
	layouts.perf_submit(ctx, &l, sizeof(l));
	return 0;
}
