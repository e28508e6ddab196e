/*
 * Looks up names as its input asks: lines of a function and a host, or "both"
 * and two hosts, which two threads look up at the same time. Says of each call
 * how it ended, when it began and ended, and by which thread.
 *
 * It has a network and an /etc of its own, which the argument is the folder of,
 * and a name server: slow.test takes 200 ms, hang.test gets no answer, and other
 * names do not exist.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

static void isolate(const char *etc)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	must(!unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare");
	must(!mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), "keep mounts private");
	must(!mount(etc, "/etc", NULL, MS_BIND, NULL), "mount /etc");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(!ioctl(fd, SIOCSIFFLAGS, &lo), "set up lo");
	close(fd);
}

/* Answers that there is no such name, or 127.0.0.2 for slow.test. */
static void *serve(void *arg)
{
	static const char answer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 2};
	int fd = *(int *)arg;
	unsigned char msg[1024];
	struct sockaddr_in from;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, msg, 512, 0, (void *)&from, &len);

		if (n < 17 || !memcmp(msg + 12, "\4hang", 5))
			continue;
		msg[2] |= 0x80;	/* an answer */
		msg[3] = 0x80;
		msg[9] = msg[11] = 0;	/* without additional records */
		if (memcmp(msg + 12, "\4slow\4test", 11)) {
			msg[3] |= 3;
		} else {
			usleep(200000);
			n = 12 + 11 + 4;
			msg[7] = 1;
			memcpy(msg + n, answer, sizeof(answer));
			n += sizeof(answer);
		}
		sendto(fd, msg, n, 0, (void *)&from, len);
	}
	return NULL;
}

static void start_server(void)
{
	static int fd;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
	pthread_t thread;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(!bind(fd, (void *)&at, sizeof(at)), "bind the name server");
	must(!pthread_create(&thread, NULL, serve, &fd), "start the name server");
}

static void look_up(const char *function, const char *host)
{
	struct addrinfo hints = {.ai_family = AF_INET}, *found = NULL;
	long begin, end;
	int ret;

	begin = now();
	if (!strcmp(function, "listen"))
		ret = getaddrinfo(NULL, "80", &hints, &found);
	else if (!strcmp(function, "getaddrinfo"))
		ret = getaddrinfo(host, NULL, &hints, &found);
	else if (!strcmp(function, "gethostbyname"))
		ret = gethostbyname(host) ? 0 : -1;
	else
		ret = gethostbyname2(host, AF_INET) ? 0 : -1;
	end = now();
	if (found)
		freeaddrinfo(found);
	printf("%s [%s] %d %ld %ld %d\n", function, host, ret, begin, end, gettid());
	fflush(stdout);
}

static void *look_up_thread(void *host)
{
	look_up("getaddrinfo", host);
	return NULL;
}

static void both(char *hosts)
{
	char *second = strchr(hosts, ' ');
	pthread_t thread;

	*second++ = 0;
	must(!pthread_create(&thread, NULL, look_up_thread, hosts), "start a thread");
	usleep(50000);
	look_up("getaddrinfo", second);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	char line[4096], *host;

	isolate(argv[1]);
	start_server();
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		host = strchr(line, ' ');
		*host++ = 0;
		if (!strcmp(line, "both"))
			both(host);
		else
			look_up(line, host);
	}
	return 0;
}
