#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/kref.h>

int values(struct pt_regs *ctx, atomic_t *a, atomic64_t *b, atomic_long_t *c, refcount_t *r)
{
	return atomic_read(a) + atomic64_read(b) + atomic_long_read(c) + refcount_read(r);
}
