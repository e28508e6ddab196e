/*
 * Allocates and frees at random, and tells what is left: for each function that
 * allocated (site_...) and each that called it (from_...), how many and how many
 * bytes. It keeps its own books, in static memory.
 *
 *   leaker SEED OPERATIONS THREADS [wait]
 *
 * At the end it says "done". With "wait" it says "ready", begins after a line on its input, goes on
 * at the end until the input ends.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef NEST
#include "nest.h"
#define malloc nest_malloc
#define calloc nest_calloc
#define realloc nest_realloc
#define reallocarray nest_reallocarray
#define posix_memalign nest_posix_memalign
#define memalign nest_memalign
#define aligned_alloc nest_aligned_alloc
#define valloc nest_valloc
#define pvalloc nest_pvalloc
#define free nest_free
#endif

#define PAGE 4096ul
#define HUGE_SIZE (SIZE_MAX / 2)
#define SITES 6
#define CALLERS 3
#define MAX_LIVE 65536

enum kind {
	MALLOC, CALLOC, REALLOC, REALLOCARRAY, POSIX_MEMALIGN, MEMALIGN, ALIGNED_ALLOC,
	VALLOC, PVALLOC, STRDUP, MMAP, KINDS
};

/* An allocation; a mapping can be in two parts. */
struct item {
	char *p, *p2;
	size_t size, size2;
	enum kind kind;
	int site, caller;
};

struct request {
	enum kind kind;
	size_t size;
	struct item old;	/* p is NULL if there is none */
};

static struct item live[MAX_LIVE];
static int lives;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[70000];

/* Keeps calls from becoming jumps, which leave no frame. */
#define STAY __asm__ volatile("" ::: "memory")

static inline __attribute__((always_inline)) void *allocate(const struct request *r)
{
	void *p = NULL;

	switch (r->kind) {
	case MALLOC: p = malloc(r->size); break;
	case CALLOC: p = calloc(r->size, 1); break;
	case REALLOC: p = realloc(r->old.p, r->size); break;
	case REALLOCARRAY: p = reallocarray(r->old.p, r->size, 1); break;
	case POSIX_MEMALIGN: if (posix_memalign(&p, 64, r->size)) p = NULL; break;
	case MEMALIGN: p = memalign(256, r->size); break;
	case ALIGNED_ALLOC: p = aligned_alloc(128, r->size); break;
	case VALLOC: p = valloc(r->size); break;
	case PVALLOC: p = pvalloc(r->size); break;
	case STRDUP: p = strndup(text, r->size - 1); break;
	case MMAP:
		if (r->old.p)
			p = mremap(r->old.p, r->old.size, r->size, MREMAP_MAYMOVE);
		else
			p = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			p = NULL;
		break;
	case KINDS: break;
	}
	STAY;
	return p;
}

#define SITE(n) \
	__attribute__((noinline)) static void *site_##n(const struct request *r) \
	{ \
		void *p = allocate(r); \
		STAY; \
		return p; \
	}
SITE(0) SITE(1) SITE(2) SITE(3) SITE(4) SITE(5)

static void *(*const sites[SITES])(const struct request *) = {site_0, site_1, site_2, site_3, site_4, site_5};

#define CALLER(n) \
	__attribute__((noinline)) static void *from_##n(int site, const struct request *r) \
	{ \
		void *p = sites[site](r); \
		STAY; \
		return p; \
	}
CALLER(0) CALLER(1) CALLER(2)

static void *(*const callers[CALLERS])(int, const struct request *) = {from_0, from_1, from_2};

static unsigned pick(unsigned *seed, unsigned n)
{
	return rand_r(seed) % n;
}

static void add(const struct item *it)
{
	pthread_mutex_lock(&lock);
	if (lives == MAX_LIVE)
		abort();
	live[lives++] = *it;
	pthread_mutex_unlock(&lock);
}

/* Takes any allocation, also those of other threads. */
static int take(unsigned *seed, struct item *it)
{
	int found = 0;

	pthread_mutex_lock(&lock);
	if (lives) {
		int i = pick(seed, lives);

		*it = live[i];
		live[i] = live[--lives];
		found = 1;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static size_t any_size(unsigned *seed, enum kind kind)
{
	if (kind == MMAP)
		return 1 + pick(seed, 16 * PAGE);
	if (pick(seed, 20) == 0)
		return 1 + pick(seed, 300000); /* some get a mapping of their own */
	return 1 + pick(seed, 3000);
}

static void make(unsigned *seed, struct request *r, struct item it)
{
	it.site = pick(seed, SITES);
	it.caller = pick(seed, CALLERS);
	it.kind = r->kind;
	it.size = r->size;
	it.p = callers[it.caller](it.site, r);
	it.p2 = NULL;
	it.size2 = 0;
	if (!it.p)
		abort();
	add(&it);
}

static void create(unsigned *seed)
{
	struct request r = {.kind = pick(seed, KINDS)};
	struct item it = {0};

#ifdef NEST
	if (r.kind >= STRDUP)
		r.kind = CALLOC;
#endif
	r.size = any_size(seed, r.kind);
	if (r.kind == STRDUP)
		r.size = 1 + pick(seed, 60000);
	make(seed, &r, it);
}

/* What fails must not count, nor take away what there is. */
static void fail(unsigned *seed)
{
	struct item it;
	void *p = NULL;

	switch (pick(seed, 5)) {
	case 0:
		if (!take(seed, &it))
			return;
		if (it.kind != MMAP)
			p = realloc(it.p, HUGE_SIZE);
		else if (!munmap(it.p + 1, PAGE))
			abort();
		add(&it);
		break;
	case 1:
		p = malloc(HUGE_SIZE);
		break;
	case 2:
		p = calloc(HUGE_SIZE, 4);
		break;
	case 3:
		if (!take(seed, &it))
			return;
		add(&it);
		p = it.p; /* stays in the variable */
		if (!posix_memalign(&p, 3, 100))
			abort();
		p = NULL;
		break;
	case 4:
		if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
			abort();
	}
	if (p)
		abort();
}

/* In place, elsewhere, or to nothing, which frees. */
static void resize(unsigned *seed)
{
	struct request r = {0};
	struct item it;

	if (!take(seed, &it))
		return;
	r.old = it;
	r.kind = it.kind == MMAP ? MMAP : pick(seed, 2) ? REALLOC : REALLOCARRAY;
	if (it.p2) {
		add(&it);
		return;
	}
	switch (pick(seed, 4)) {
	case 0:
		r.size = it.size > 32 ? it.size - 16 : it.size;
		break;
	case 1:
		r.size = it.size + 1 + pick(seed, 10);
		break;
	case 2:
		r.size = it.size * 3 + 5000;
		break;
	case 3:
		if (it.kind == MMAP)
			r.size = 1 + it.size / 2;
		else if (!realloc(it.p, 0))
			return;
		else
			abort();
	}
	make(seed, &r, it);
}

/* Unmaps some pages of a mapping in one part. */
static void unmap_part(struct item *it, unsigned *seed)
{
	size_t pages = (it->size + PAGE - 1) / PAGE, first = pick(seed, pages), n = 1 + pick(seed, pages - first);
	size_t before = first * PAGE, until = (first + n) * PAGE;

	munmap(it->p + before, n * PAGE);
	if (until < it->size) {
		it->p2 = it->p + until;
		it->size2 = it->size - until;
	}
	it->size = before < it->size ? before : it->size;
	if (!it->size) {
		it->p = it->p2;
		it->size = it->size2;
		it->p2 = NULL;
		it->size2 = 0;
	}
	if (it->p && it->size)
		add(it);
}

static void release(unsigned *seed)
{
	struct item it;

	if (!take(seed, &it))
		return;
	if (it.kind != MMAP) {
		free(it.p);
		return;
	}
	if (!it.p2 && pick(seed, 2)) {
		unmap_part(&it, seed);
		return;
	}
	munmap(it.p, it.size);
	if (it.p2)
		munmap(it.p2, it.size2);
}

static int operations;

static void *work(void *arg)
{
	unsigned seed = (uintptr_t)arg;

	for (int i = 0; i < operations; i++) {
		unsigned what = pick(&seed, 100);

		if (what < 48)
			create(&seed);
		else if (what < 60)
			resize(&seed);
		else if (what < 66)
			fail(&seed);
		else
			release(&seed);
	}
	return NULL;
}

static void say(const char *s)
{
	if (write(1, s, strlen(s)) < 0)
		abort();
}

static void tell(void)
{
	static long count[CALLERS][SITES], bytes[CALLERS][SITES];
	char line[200];

	for (int i = 0; i < lives; i++) {
		count[live[i].caller][live[i].site]++;
		bytes[live[i].caller][live[i].site] += live[i].size + live[i].size2;
	}
	for (int c = 0; c < CALLERS; c++)
		for (int s = 0; s < SITES; s++)
			if (count[c][s]) {
				snprintf(line, sizeof(line), "left site_%d from_%d %ld %ld\n", s, c, count[c][s], bytes[c][s]);
				say(line);
			}
	say(line);
	say("done\n");
}

static pthread_barrier_t begin;

static void *thread(void *arg)
{
	pthread_barrier_wait(&begin);
	work(arg);
	pthread_barrier_wait(&begin);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned seed = atoi(argv[1]), threads = atoi(argv[3]);
	pthread_t ids[64];
	char in[64];

	operations = atoi(argv[2]);
	memset(text, 'x', sizeof(text) - 1);
	if (threads > 64)
		return 2;
	pthread_barrier_init(&begin, NULL, threads + 1);
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, thread, (void *)(uintptr_t)(seed * 100 + i)))
			return 2;
	if (argc > 4) {
		say("ready\n");
		if (read(0, in, sizeof(in)) <= 0)
			return 2;
	}
	if (threads) {
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&begin);
	} else {
		work((void *)(uintptr_t)seed);
	}
	tell();
	if (argc > 4)
		while (read(0, in, sizeof(in)) > 0)
			;
	return 0;
}
