/*
 * A program with static probes: it does the jobs that its input asks for, one a
 * line, "KIND MILLISECONDS", and prints each one's number when it is done.
 *
 * Build: cc -O2 -o app app.c (Debian: apt install systemtap-sdt-dev)
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The kernel counts these up while somebody listens to the probe of the name. */
#define SEMAPHORE(name) unsigned short name##_semaphore __attribute__((section(".probes")))
SEMAPHORE(app_job__start);
SEMAPHORE(app_job__done);

/* A sum over the kind's letters: only worth computing for those who listen. */
static int checksum(const char *kind)
{
	int sum = 0;

	while (*kind)
		sum = sum * 31 + *kind++;
	return sum;
}

static void work(uint64_t id, const char *kind, unsigned int ms)
{
	STAP_PROBE2(app, job__start, id, kind);
	usleep(ms * 1000);
	if (app_job__done_semaphore)
		STAP_PROBE2(app, job__done, id, checksum(kind));
}

int main(void)
{
	char kind[32];
	unsigned int ms;
	uint64_t id = 0;

	while (scanf("%31s %u", kind, &ms) == 2) {
		work(++id, kind, ms);
		printf("%llu\n", (unsigned long long)id);
		fflush(stdout);
	}
	return 0;
}
