#include <linux/timer.h>
#include <linux/delay.h>

int timer(struct pt_regs *ctx, struct timer_list *t)
{
	return (t->flags & TIMER_DEFERRABLE) + (t->expires > 100 * HZ) + (t->function == 0);
}
