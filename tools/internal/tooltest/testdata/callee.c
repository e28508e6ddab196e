/* callee calls functions and passes static probes as its input tells: a line is
   a name and how often. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sdt.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define OWN __attribute__((noinline, noclone, noipa))

volatile int sink;
static jmp_buf back;

OWN int alpha(int x) { return sink += x; }
OWN int beta(int x) { return sink -= x; }
OWN int nap(int x) { usleep(20000); return x; }
OWN int doze(int x) { usleep(2500000); return x; }

/* Each level takes a while of its own. */
OWN int recurse(int depth)
{
	int below = depth > 1 ? recurse(depth - 1) : 0;

	usleep(10000);
	return below + 1;
}

/* tail leaves its frame to alpha. */
OWN int tail(int x) { sink++; return alpha(x + 1); }

OWN int escape(int x) { longjmp(back, x); }
OWN int outer(int x) { return setjmp(back) ? x : escape(1); }

struct point { int x, y; };
static const char *const names[] = {"ann", "bob", "bob's friend"};

OWN long greet(const char *name, long turn, struct point *at)
{
	sink += at->y;
	DTRACE_PROBE2(callee, greeted, name, turn);
	return turn % 4 ? turn : -1;
}

/* Turns count from 0. Each greets the next name. */
static void next_greet(void)
{
	static long turn;
	struct point at = {turn, 10 * turn};

	greet(names[turn % 3], turn, &at);
	turn++;
}

/* Arguments and results that tools print. */
OWN int opening(const char *path, int flags) { sink += flags; return path ? -flags : 0; }
OWN const char *words(int n) { sink += n; return n ? "three little words" : NULL; }
OWN long spend(struct timespec *ts, short less, unsigned char c) { sink++; return ts->tv_nsec - less - c; }

static void arguments(void)
{
	struct timespec ts = {.tv_sec = 1, .tv_nsec = 500000000};
	static const unsigned char bytes[] = {0x6c, 0, 0, 1};

	opening("/tmp/first file", 42);
	opening("/tmp/first", 7);
	opening((const char *)bytes, -3);
	words(1);
	words(0);
	spend(&ts, -2, 'x');
	DTRACE_PROBE4(libcallee, create, &ts, 0, alpha, "of create");
	DTRACE_PROBE4(libcallee, create, &ts, 0, alpha, 0);
}

/* More than fit into a page, and as many at the same place of a page. */
#define MANY(n) OWN __attribute__((aligned(16))) int many_##n(int x) { return sink ^= x + 0x##n; }
#define EACH(DO, h) DO(h##0) DO(h##1) DO(h##2) DO(h##3) DO(h##4) DO(h##5) DO(h##6) DO(h##7) \
	DO(h##8) DO(h##9) DO(h##a) DO(h##b) DO(h##c) DO(h##d) DO(h##e) DO(h##f)
#define ALL(DO) EACH(DO, 0) EACH(DO, 1) EACH(DO, 2) EACH(DO, 3) EACH(DO, 4) EACH(DO, 5) \
	EACH(DO, 6) EACH(DO, 7) EACH(DO, 8) EACH(DO, 9) EACH(DO, a) EACH(DO, b) EACH(DO, c) \
	EACH(DO, d) EACH(DO, e) EACH(DO, f) EACH(DO, 10) EACH(DO, 11)
ALL(MANY)
#define CALL(n) for (int i = 0; i <= 0x##n % 5; i++) many_##n(i);
OWN void many(void) { ALL(CALL) }

/* A function that calls none has no frame otherwise. */
#define FRAME asm volatile("" : : "r"(__builtin_frame_address(0)))

/* A system call out of the function itself: with none of a library in between,
   which may have no frame, all of the stack is known. */
static inline __attribute__((always_inline)) long call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long ret;

	FRAME;
	asm volatile("syscall" : "=a"(ret) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
#else
	return syscall(number, a, b, c);
#endif
}

OWN void rest(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	call(SYS_nanosleep, (long)&ts, 0, 0);
	sink++;
}

/* The one rests three times as long as the other, and works so much. */
OWN void rest_long(void) { rest(30); sink++; }
OWN void rest_short(void) { rest(10); sink++; }

OWN void spin(long turns)
{
	FRAME;
	while (turns--)
		sink++;
}

OWN void spin_long(void) { spin(30000000); sink++; }
OWN void spin_short(void) { spin(10000000); sink++; }

/* Rests in as many ways, by the stack, as there are numbers of 14 bits. */
OWN void way_0(int bits, int left);
OWN void way_1(int bits, int left);
static inline __attribute__((always_inline)) void way(int bits, int left)
{
	struct timespec ts = {0, 50000};

	if (!left)
		call(SYS_nanosleep, (long)&ts, 0, 0);
	else if (bits & 1)
		way_1(bits >> 1, left - 1);
	else
		way_0(bits >> 1, left - 1);
	sink++;
}
OWN void way_0(int bits, int left) { way(bits, left); }
OWN void way_1(int bits, int left) { way(bits, left); }
static int next_way;

/* A thread called poker ends what the first one waits for. */
static int poked[2];
OWN void await(void) { char c; call(SYS_read, poked[0], (long)&c, 1); sink++; }
OWN void poke(void) { call(SYS_write, poked[1], (long)"x", 1); sink++; }
OWN void *poker(void *unused)
{
	prctl(PR_SET_NAME, "poker");
	rest(20);
	poke();
	return unused;
}

OWN void handoff(void)
{
	pthread_t thread;

	if (pipe(poked) || pthread_create(&thread, NULL, poker, NULL))
		return;
	await();
	pthread_join(thread, NULL);
	close(poked[0]);
	close(poked[1]);
}

static void once(const char *name)
{
	if (!strcmp(name, "alpha")) alpha(1);
	if (!strcmp(name, "beta")) beta(1);
	if (!strcmp(name, "nap")) nap(1);
	if (!strcmp(name, "doze")) doze(1);
	if (!strcmp(name, "recurse")) recurse(3);
	if (!strcmp(name, "greet")) next_greet();
	if (!strcmp(name, "tail")) tail(1);
	if (!strcmp(name, "outer")) outer(1);
	if (!strcmp(name, "many")) many();
	if (!strcmp(name, "call")) syscall(SYS_getpgid, 0);
	if (!strcmp(name, "rest_long")) rest_long();
	if (!strcmp(name, "rest_short")) rest_short();
	if (!strcmp(name, "spin_long")) spin_long();
	if (!strcmp(name, "spin_short")) spin_short();
	if (!strcmp(name, "way")) way_1(next_way++, 14);
	if (!strcmp(name, "handoff")) handoff();
	if (!strcmp(name, "one")) DTRACE_PROBE1(callee, one, sink);
	if (!strcmp(name, "two")) DTRACE_PROBE(callee, two);
	if (!strcmp(name, "arguments")) arguments();
	if (!strcmp(name, "foreign")) DTRACE_PROBE(stranger, one);
}

int main(void)
{
	char name[32];
	int n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (int line = 1; scanf("%31s %d", name, &n) == 2; line++) {
		while (n-- > 0)
			once(name);
		printf("done %d\n", line);
	}
	return 0;
}
