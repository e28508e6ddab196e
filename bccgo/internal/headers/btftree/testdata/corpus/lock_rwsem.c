#include <linux/rwsem.h>

int down(struct pt_regs *ctx, struct rw_semaphore *sem)
{
	long count = sem->count.counter;

	return count & 1 ? sem->owner.counter >> 3 : count >> 8;
}
