/*
 * Takes mutexes in one of several orders, without waiting for ever unless that is
 * asked for:
 *
 *   orders KIND
 *
 * Says "ready", begins after a line on its input, says "done" and goes on until
 * the input ends.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

#define STAY __asm__ volatile("" ::: "memory")

static void say(const char *s)
{
	if (write(1, s, strlen(s)) < 0)
		abort();
}

__attribute__((noinline)) static void take_a(void) { pthread_mutex_lock(&a); STAY; }
__attribute__((noinline)) static void take_b(void) { pthread_mutex_lock(&b); STAY; }
__attribute__((noinline)) static void take_c(void) { pthread_mutex_lock(&c); STAY; }

static void *a_then_b(void *unused)
{
	take_a();
	take_b();
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return unused;
}

static void *b_then_a(void *unused)
{
	take_b();
	take_a();
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

static void *b_then_c(void *unused)
{
	take_b();
	take_c();
	pthread_mutex_unlock(&c);
	pthread_mutex_unlock(&b);
	return unused;
}

static void *c_then_a(void *unused)
{
	take_c();
	take_a();
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&c);
	return unused;
}

__attribute__((noinline)) static pthread_t start(const char *name, void *(*work)(void *))
{
	pthread_t t;

	if (pthread_create(&t, NULL, work, (void *)name))
		abort();
	return t;
}

/* Threads one after the other. */
static void run(const char *name, void *(*work)(void *))
{
	pthread_join(start(name, work), NULL);
}

/* Locks of the program's own. */
__attribute__((noinline)) void own_lock(int *lock)
{
	while (__sync_lock_test_and_set(lock, 1))
		;
}

__attribute__((noinline)) void own_unlock(int *lock)
{
	__sync_lock_release(lock);
}

__attribute__((noinline)) static void own(void)
{
	static int locks[2];

	for (int i = 0; i < 2; i++) {
		own_lock(&locks[i]);
		own_lock(&locks[1 - i]);
		own_unlock(&locks[1 - i]);
		own_unlock(&locks[i]);
	}
}

static pthread_barrier_t both;

static void *stuck_one(void *unused)
{
	take_a();
	pthread_barrier_wait(&both);
	take_b();
	return unused;
}

static void *stuck_two(void *unused)
{
	take_b();
	pthread_barrier_wait(&both);
	take_a();
	return unused;
}

static void *always_in_order(void *unused)
{
	unsigned seed = (uintptr_t)&seed;

	for (int i = 0; i < 3000; i++) {
		unsigned which = rand_r(&seed) % 8;

		if (which & 1)
			take_a();
		if (which & 2)
			take_b();
		if (which & 4)
			take_c();
		/* Released in any order. */
		if (which & 2)
			pthread_mutex_unlock(&b);
		if (which & 1)
			pthread_mutex_unlock(&a);
		if (which & 4)
			pthread_mutex_unlock(&c);
	}
	return unused;
}

/* What may wait is no lock that is tried, nor one that the thread has. */
static void harmless(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t again;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&again, &attr);
	pthread_mutex_lock(&again);
	take_a();
	pthread_mutex_lock(&again);
	pthread_mutex_unlock(&again);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&again);
	run("one", a_then_b);
	take_b();
	if (!pthread_mutex_trylock(&a))
		pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
}

/* Other mutexes at the same addresses. */
static void renewed(void)
{
	for (int i = 0; i < 2; i++) {
		pthread_mutex_t *first = i ? &b : &a, *then = i ? &a : &b;

		pthread_mutex_init(&a, NULL);
		pthread_mutex_init(&b, NULL);
		pthread_mutex_lock(first);
		pthread_mutex_lock(then);
		pthread_mutex_unlock(then);
		pthread_mutex_unlock(first);
		pthread_mutex_destroy(&a);
		pthread_mutex_destroy(&b);
	}
}

static int waiting, woken;

/* Tries until somebody waits. */
static void *wakes(void *unused)
{
	int done = 0;

	while (!done) {
		take_a();
		done = waiting;
		if (done) {
			woken = 1;
			pthread_cond_signal(&cond);
		}
		pthread_mutex_unlock(&a);
		usleep(1000);
	}
	return unused;
}

static void waits(void)
{
	pthread_t t = start("waker", wakes);

	take_a();
	waiting = 1;
	while (!woken)
		pthread_cond_wait(&cond, &a);
	take_b();
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	pthread_join(t, NULL);
	run("again", a_then_b);
}

static void go(const char *kind)
{
	if (!strcmp(kind, "two")) {
		run("one", a_then_b);
		run("two", b_then_a);
	} else if (!strcmp(kind, "three")) {
		run("one", a_then_b);
		run("two", b_then_c);
		run("three", c_then_a);
	} else if (!strcmp(kind, "stuck")) {
		pthread_barrier_init(&both, NULL, 2);
		start("one", stuck_one);
		start("two", stuck_two);
	} else if (!strcmp(kind, "ordered")) {
		pthread_t t[4];

		for (int i = 0; i < 4; i++)
			t[i] = start("any", always_in_order);
		for (int i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
	} else if (!strcmp(kind, "harmless")) {
		harmless();
	} else if (!strcmp(kind, "renewed")) {
		renewed();
	} else if (!strcmp(kind, "waits")) {
		waits();
	} else if (!strcmp(kind, "own")) {
		own();
	} else {
		abort();
	}
}

int main(int argc, char **argv)
{
	char in[64];

	if (argc != 2)
		return 2;
	snprintf(in, sizeof(in), "a %lx\nb %lx\nc %lx\n", (long)&a, (long)&b, (long)&c);
	say(in);
	say("ready\n");
	if (read(0, in, sizeof(in)) <= 0)
		return 2;
	go(argv[1]);
	say("done\n");
	while (read(0, in, sizeof(in)) > 0)
		;
	return 0;
}
