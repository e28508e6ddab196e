#include <stddef.h>

void *nest_malloc(size_t size);
void *nest_calloc(size_t n, size_t size);
void *nest_realloc(void *p, size_t size);
void *nest_reallocarray(void *p, size_t n, size_t size);
int nest_posix_memalign(void **out, size_t alignment, size_t size);
void *nest_memalign(size_t alignment, size_t size);
void *nest_aligned_alloc(size_t alignment, size_t size);
void *nest_valloc(size_t size);
void *nest_pvalloc(size_t size);
void nest_free(void *p);
