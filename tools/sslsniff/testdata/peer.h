/*
 * The part that is the same for all libraries: it reads commands and says how
 * the calls went, which each library makes in its own way.
 *
 *	FUNCTION END TEXT	writes the text
 *	FUNCTION END *N		writes N bytes of a pattern
 *	FUNCTION END N		reads up to N bytes
 *	handshake MS		connects anew, each end waiting MS ms between the calls it takes
 *	thread COMMAND		does it in another thread
 *	both WRITE READ N SIZE	N times writes and reads SIZE bytes in each of two threads
 *	name COMM		changes the thread's name
 *	user ID			changes the process's user
 *	quiet			says no more what the data of calls was
 *	nest TEXT		the next write makes one of this text
 *
 * There are four ends: 0 is connected with 1, 2 with 3.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the libraries' files define. */
static void set_up(void);
/* Calls a function and returns how many bytes it read or wrote, or -1. */
static long call(const char *function, int end, char *data, long size);
/* Makes new connections, waiting so many ms between the calls that one takes. */
static void handshake(int ms);
static void nest(const char *text);

static int quiet;
static int sockets[4] = {-1, -1, -1, -1};

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void connect_sockets(void)
{
	int i;

	for (i = 0; i < 4; i++)
		close(sockets[i]);
	for (i = 0; i < 4; i += 2)
		must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets + i), "socketpair");
}

static void say(const char *function, long ret, long begin, long end, const char *data)
{
	long i;

	flockfile(stdout);
	printf("%s %ld %ld %ld %d ", function, ret, begin, end, gettid());
	for (i = 0; i < ret && data && !quiet; i++)
		printf("%02x", (unsigned char)data[i]);
	printf(".\n");
	fflush(stdout);
	funlockfile(stdout);
}

static void timed_call(const char *function, int end, char *data, long size)
{
	long begin = now(), ret = call(function, end, data, size);

	say(function, ret, begin, now(), data);
}

static int is_write(const char *function)
{
	return strstr(function, "rite") || strstr(function, "end");
}

static void transfer(const char *function, int end, const char *what)
{
	long i, size = is_write(function) && *what != '*' ? (long)strlen(what) : atol(what + (*what == '*'));
	char *data = calloc(1, size + 1);

	if (is_write(function) && *what != '*')
		strcpy(data, what);
	else if (is_write(function))
		for (i = 0; i < size; i++)
			data[i] = i * 31 % 251;
	timed_call(function, end, data, size);
	free(data);
}

struct work {
	char write[32], read[32];
	int end, times, size;
};

static void *write_and_read(void *arg)
{
	struct work *w = arg;
	char text[10000], size[32];

	sprintf(size, "%d", w->size);
	while (w->times--) {
		memset(text, '.', sizeof(text));
		text[sprintf(text, "%d of end %d", w->times, w->end)] = ' ';
		text[w->size] = 0;
		transfer(w->write, w->end, text);
		transfer(w->read, w->end + 1, size);
	}
	return NULL;
}

static void both(const char *how)
{
	struct work work[2] = {};
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++) {
		work[i].end = i * 2;
		sscanf(how, "%31s %31s %d %d", work[i].write, work[i].read, &work[i].times, &work[i].size);
		must(!pthread_create(threads + i, NULL, write_and_read, work + i), "start a thread");
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void *run(void *command)
{
	char word[32], rest[4096] = "";
	int end = 0, n = 0;
	pthread_t thread;

	sscanf(command, "%31s%n", word, &n);
	sscanf((char *)command + n, " %4095[^\n]", rest);
	if (!strcmp(word, "handshake")) {
		connect_sockets();
		handshake(atoi(rest));
	} else if (!strcmp(word, "thread")) {
		must(!pthread_create(&thread, NULL, run, rest), "start a thread");
		pthread_join(thread, NULL);
	} else if (!strcmp(word, "both")) {
		both(rest);
	} else if (!strcmp(word, "name")) {
		prctl(PR_SET_NAME, rest);
	} else if (!strcmp(word, "user")) {
		must(!setuid(atoi(rest)), "change the user");
	} else if (!strcmp(word, "quiet")) {
		quiet = 1;
	} else if (!strcmp(word, "nest")) {
		nest(rest);
	} else {
		sscanf(rest, "%d %n", &end, &n);
		transfer(word, end, rest + n);
	}
	return NULL;
}

int main(void)
{
	char line[4096];

	set_up();
	connect_sockets();
	handshake(0);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		run(line);
		printf("done\n");
		fflush(stdout);
	}
	return 0;
}
