/*
 * Leaks what BCC's memleak finds, too, each time a line is entered. It knows where
 * the heap is by then and needs no mapping.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void leak_malloc(void)
{
	kept = malloc(40);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void leak_calloc(void)
{
	kept = calloc(2, 25);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void leak_realloc(void)
{
	kept = realloc(malloc(10), 77);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void tidy(void)
{
	free(malloc(1000));
	__asm__ volatile("" ::: "memory");
}

int main(void)
{
	char line[64];

	free(malloc(100));
	while (read(0, line, sizeof(line)) > 0) {
		for (int i = 0; i < 20; i++) {
			for (int j = 0; j < 5; j++)
				leak_malloc();
			if (i % 2)
				leak_calloc();
			if (i % 4 == 0)
				leak_realloc();
			tidy();
		}
		if (write(1, "done\n", 5) < 0)
			return 1;
	}
	return 0;
}
