package bccgo

import (
	"testing"
)

// burner uses 200 ms of a processor, touches 64 new pages or writes a variable
// 10 times, as letters say: b in its own thread, o in one it started at once,
// n in a new one, f in a child; p pages; w writes.
const burner = `
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile int watched;
static sem_t asked, done;

static long thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *burn(void *unused)
{
	long end = thread_ns() + 200000000;

	while (thread_ns() < end)
		for (volatile int i = 0; i < 100000; i++)
			;
	return unused;
}

static void *old_thread(void *unused)
{
	for (;;) {
		sem_wait(&asked);
		burn(NULL);
		sem_post(&done);
	}
	return unused;
}

static void touch(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 64 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, 64 * page, MADV_NOHUGEPAGE);
	for (int i = 0; i < 64; i++)
		*(volatile char *)(p + i * page) = 1;
	munmap(p, 64 * page);
}

int main(void)
{
	pthread_t old, new;
	int c;

	sem_init(&asked, 0, 0);
	sem_init(&done, 0, 0);
	pthread_create(&old, NULL, old_thread, NULL);
	while ((c = getchar()) != EOF) {
		if (c == 'b') {
			burn(NULL);
		} else if (c == 'o') {
			sem_post(&asked);
			sem_wait(&done);
		} else if (c == 'n') {
			pthread_create(&new, NULL, burn, NULL);
			pthread_join(new, NULL);
		} else if (c == 'f') {
			if (fork() == 0) {
				burn(NULL);
				_exit(0);
			}
			wait(NULL);
		} else if (c == 'p') {
			touch();
		} else if (c == 'w') {
			for (int i = 0; i < 10; i++)
				watched = i;
		}
		putchar('.');
		fflush(stdout);
	}
	return 0;
}
`

func startBurner(t *testing.T) *chain {
	t.Helper()
	c := startAnswering(t, buildC(t, "gcc", burner, "-pthread", "-no-pie"))
	c.call("-") // answers once its other thread runs
	return c
}

const sampleText = `
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>
BPF_HASH(samples, u32, u64);
BPF_HASH(periods, u32, u64);
int on_sample(struct bpf_perf_event_data *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 period = ctx->sample_period;

	samples.increment(pid);
	periods.update(&pid, &period);
	return 0;
}
`

// sampled returns the counts by process, and forgets them.
func sampled(t *testing.T, m *Module) map[uint32]uint64 {
	t.Helper()
	samples, err := Map[uint32, uint64](m, "samples")
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[uint32]uint64)
	for pid, n := range samples.Drain() {
		counts[pid] = n
	}
	if err := samples.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// only wants samples of one process: as many as ms milliseconds give at one a
// millisecond. A timer that comes late on a busy host makes them fewer.
func only(t *testing.T, what string, counts map[uint32]uint64, pid int, ms uint64) {
	t.Helper()
	n := counts[uint32(pid)]
	if len(counts) != 1 || n < ms/4 || n > ms+ms/4+5 {
		t.Errorf("%s: samples %v, want about %d of process %d alone", what, counts, ms, pid)
	}
}

const millisecond = 1_000_000
