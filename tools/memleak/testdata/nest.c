/* An allocator whose functions all call each other. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "nest.h"

void *nest_malloc(size_t size)
{
	return nest_memalign(16, size);
}

void *nest_memalign(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

void *nest_aligned_alloc(size_t alignment, size_t size)
{
	return nest_memalign(alignment, size);
}

void *nest_valloc(size_t size)
{
	return nest_memalign(4096, size);
}

void *nest_pvalloc(size_t size)
{
	return nest_valloc((size + 4095) / 4096 * 4096);
}

void *nest_calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all))
		return NULL;
	p = nest_malloc(all);
	if (p)
		memset(p, 0, all);
	return p;
}

void *nest_realloc(void *p, size_t size)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *q;

	if (p && !size) {
		nest_free(p);
		return NULL;
	}
	if (p && size <= old)
		return p;
	q = nest_malloc(size);
	if (!q)
		return NULL;
	if (p)
		memcpy(q, p, old);
	nest_free(p);
	return q;
}

void *nest_reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	return __builtin_mul_overflow(n, size, &all) ? NULL : nest_realloc(p, all);
}

int nest_posix_memalign(void **out, size_t alignment, size_t size)
{
	void *p;

	if (alignment % sizeof(void *) || alignment & (alignment - 1))
		return EINVAL;
	p = nest_memalign(alignment, size);
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

void nest_free(void *p)
{
	free(p);
}
