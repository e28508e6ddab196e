#include <linux/wait.h>
#include <linux/completion.h>

int completed(struct pt_regs *ctx, struct completion *x)
{
	return x->done == UINT_MAX ? 0 : x->wait.task_list.next == &x->wait.task_list;
}
