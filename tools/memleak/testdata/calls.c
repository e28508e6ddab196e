/* Makes each call once and tells which, with the size and the address. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void did(const char *call, size_t size, const void *p)
{
	char line[100];

	snprintf(line, sizeof(line), "did %s %zu %lx\n", call, size, (long)p);
	if (write(1, line, strlen(line)) < 0)
		abort();
}

int main(void)
{
	void *volatile p;
	void *q;

	p = malloc(100), did("malloc", 100, p);
	p = realloc(p, 200), did("realloc", 200, p);
	p = reallocarray(p, 7, 100), did("reallocarray", 700, p);
	did("realloc", SIZE_MAX / 2, realloc(p, SIZE_MAX / 2));
	did("free", 700, p), free(p);
	p = calloc(3, 50), did("calloc", 150, p);
	posix_memalign(&q, 64, 60), did("posix_memalign", 60, q);
	p = memalign(64, 70), did("memalign", 70, p);
	p = valloc(80), did("valloc", 80, p);
	p = pvalloc(90), did("pvalloc", 90, p);
	p = mmap(NULL, 5000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), did("mmap", 5000, p);
	p = mremap(p, 5000, 50000, MREMAP_MAYMOVE), did("mremap", 50000, p);
	did("munmap", 50000, p), munmap(p, 50000);
	p = malloc(1000000), did("malloc", 1000000, p);
	did("free", 1000000, p), free(p);
	return 0;
}
