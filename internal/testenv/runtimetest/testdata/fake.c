/*
 * A program with the static probes of a language runtime, for those that are
 * seldom built with them. It does what it is told, a line each, and answers each
 * with a line.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/sdt.h>

#define FILE_NAME "/srv/app"

static void *volatile kept;

#if defined(RUBY)
#define ENTER(class, name) STAP_PROBE4(ruby, method__entry, class, name, FILE_NAME, 1)
#define LEAVE(class, name) STAP_PROBE4(ruby, method__return, class, name, FILE_NAME, 1)
#elif defined(PERL)
#define ENTER(class, name) STAP_PROBE4(perl, sub__entry, name, class, 1, "main")
#define LEAVE(class, name) STAP_PROBE4(perl, sub__return, name, class, 1, "main")
#elif defined(PHP)
#define ENTER(class, name) STAP_PROBE5(php, function__entry, name, FILE_NAME, 1, class, "::")
#define LEAVE(class, name) STAP_PROBE5(php, function__return, name, FILE_NAME, 1, class, "::")
#elif defined(TCL)
#define ENTER(class, name) STAP_PROBE3(tcl, proc__entry, name, 0, 0)
#define LEAVE(class, name) STAP_PROBE2(tcl, proc__return, name, 0)
#else
#define ENTER(class, name) (void)(class)
#define LEAVE(class, name) (void)(name)
#endif

static void __attribute__((noinline)) call(const char *class, const char *name)
{
	ENTER(class, name);
	LEAVE(class, name);
}

static void __attribute__((noinline)) nest(const char *class, const char *name, int depth)
{
	ENTER(class, name);
	if (depth > 1)
		nest(class, name, depth - 1);
	usleep(1000);
	LEAVE(class, name);
}

#if defined(RUBY)
static void __attribute__((noinline)) ccall(const char *class, const char *name)
{
	STAP_PROBE4(ruby, cmethod__entry, class, name, FILE_NAME, 1);
	STAP_PROBE4(ruby, cmethod__return, class, name, FILE_NAME, 1);
}
#else
#define ccall(class, name) (void)(class)
#endif

/* The number is what the language makes of it. */
static void __attribute__((noinline)) collect(int number, int ms)
{
	(void)number;
#if defined(RUBY)
	STAP_PROBE(ruby, gc__mark__begin);
	usleep(ms * 1000);
	STAP_PROBE(ruby, gc__mark__end);
	STAP_PROBE(ruby, gc__sweep__begin);
	usleep(ms * 1000);
	STAP_PROBE(ruby, gc__sweep__end);
#elif defined(NODE)
	STAP_PROBE2(node, gc__start, number, 0);
	usleep(ms * 1000);
	STAP_PROBE2(node, gc__done, number, 0);
#endif
}

static void __attribute__((noinline)) create(const char *what, long size)
{
#if defined(RUBY)
	if (!strcmp(what, "string"))
		STAP_PROBE3(ruby, string__create, size, FILE_NAME, 1);
	else if (!strcmp(what, "array"))
		STAP_PROBE3(ruby, array__create, size, FILE_NAME, 1);
	else if (!strcmp(what, "hash"))
		STAP_PROBE3(ruby, hash__create, size, FILE_NAME, 1);
	else
		STAP_PROBE3(ruby, object__create, what, FILE_NAME, 1);
#elif defined(TCL)
	STAP_PROBE1(tcl, obj__create, what);
#else
	kept = malloc(size);
	free(kept);
#endif
}

static void __attribute__((noinline)) other(const char *what)
{
#if defined(RUBY)
	if (!strcmp(what, "raise"))
		STAP_PROBE3(ruby, raise, "RuntimeError", FILE_NAME, 1);
	else if (!strcmp(what, "require"))
		STAP_PROBE3(ruby, require__entry, "set", FILE_NAME, 1);
	else
		STAP_PROBE3(ruby, load__entry, "set", FILE_NAME, 1);
#elif defined(PHP)
	if (!strcmp(what, "raise"))
		STAP_PROBE1(php, exception__thrown, "RuntimeException");
	else
		STAP_PROBE2(php, compile__file__entry, FILE_NAME, FILE_NAME);
#endif
}

/* With LIBC it stands for a C library with its own probe, too. */
void *primes_thread(void *arg)
{
#if defined(LIBC)
	STAP_PROBE3(libc, pthread_start, pthread_self(), primes_thread, arg);
#endif
	printf("thread %d\n", gettid());
	return arg;
}

static void start_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, primes_thread, NULL)) {
		perror("pthread_create");
		exit(1);
	}
	pthread_join(t, NULL);
}

static void run(const char *what, const char *class, const char *name, int n)
{
	int i;

	if (!strcmp(what, "nest")) {
		nest(class, name, n);
		return;
	}
	if (!strcmp(what, "gc")) {
		collect(atoi(name), n);
		return;
	}
	for (i = 0; i < n; i++) {
		if (!strcmp(what, "call"))
			call(class, name);
		else if (!strcmp(what, "ccall"))
			ccall(class, name);
		else if (!strcmp(what, "new"))
			create(class, atol(name));
		else if (!strcmp(what, "thread"))
			start_thread();
		else if (!strcmp(what, "getppid"))
			getppid();
		else
			other(what);
	}
}

/* A line is what to do, the class, the name and a number. */
int main(void)
{
	static char line[1024], what[256], class[512], name[512];
	int n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%255s %511s %511s %d", what, class, name, &n) != 4) {
			fprintf(stderr, "not understood: %s", line);
			return 1;
		}
		run(what, class, name, n);
		printf("did %s", line);
	}
	return 0;
}
