package main

// declarations has the jobs that were begun, by process and number.
const declarations = `
#include <uapi/linux/ptrace.h>

struct job {
	u64 pid;
	u64 id;
};
struct begun {
	u64 at;
	char kind[32];
};
BPF_HASH(running, struct job, struct begun);
`

// handlers run at app:job__start and app:job__done; what they do with a job that
// is done is one of the texts further down, which goes between.
const handlers = `
int job_start(struct pt_regs *ctx)
{
	struct job j = {.pid = bpf_get_current_pid_tgid() >> 32};
	struct begun b = {};
	char *kind;

	bpf_usdt_readarg(1, ctx, &j.id);
	bpf_usdt_readarg(2, ctx, &kind);
	bpf_probe_read_user_str(b.kind, sizeof(b.kind), kind);
	b.at = bpf_ktime_get_ns();
	running.update(&j, &b);
	return 0;
}

int job_done(struct pt_regs *ctx)
{
	struct job j = {.pid = bpf_get_current_pid_tgid() >> 32};
	struct begun *b;
	int sum = 0;

	bpf_usdt_readarg(1, ctx, &j.id);
	bpf_usdt_readarg(2, ctx, &sum);
	b = running.lookup(&j);
	if (!b)
		return 0; /* it began before we did */
	finish(ctx, &j, b, bpf_ktime_get_ns() - b->at, sum);
	running.delete(&j);
	return 0;
}
`

// finishEach reports every job.
const finishEach = `
struct done {
	u64 end;
	u64 id;
	u64 ns;
	u32 pid;
	int sum;
	char kind[32];
};
BPF_PERF_OUTPUT(jobs);

static inline void finish(void *ctx, struct job *j, struct begun *b, u64 ns, int sum)
{
	struct done d = {.end = b->at + ns, .id = j->id, .ns = ns, .pid = j->pid, .sum = sum};

	__builtin_memcpy(d.kind, b->kind, sizeof(d.kind));
	jobs.perf_submit(ctx, &d, sizeof(d));
}
`

// finishSum adds jobs up by kind.
const finishSum = `
struct kind {
	char name[32];
};
struct sum {
	u64 jobs;
	u64 ns;
};
BPF_HASH(sums, struct kind, struct sum);

static inline void finish(void *ctx, struct job *j, struct begun *b, u64 ns, int sum)
{
	struct kind k;
	struct sum zero = {}, *s;

	__builtin_memcpy(k.name, b->kind, sizeof(k.name));
	s = sums.lookup_or_try_init(&k, &zero);
	if (s) {
		lock_xadd(&s->jobs, 1);
		lock_xadd(&s->ns, ns);
	}
}
`

// finishHistogram counts jobs by kind and power of two of microseconds.
const finishHistogram = `
struct slot {
	char kind[32];
	u64 slot;
};
BPF_HISTOGRAM(dist, struct slot);

static inline void finish(void *ctx, struct job *j, struct begun *b, u64 ns, int sum)
{
	struct slot s;

	__builtin_memcpy(s.kind, b->kind, sizeof(s.kind));
	s.slot = bpf_log2l(ns / 1000);
	dist.atomic_increment(s);
}
`
