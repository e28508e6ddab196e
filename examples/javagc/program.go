package main

// program reports the collections of each memory pool of a JVM. Those of several
// pools are under way at the same time, so the begin is kept by pool: the address
// of its name tells which one it is.
const program = `
#include <uapi/linux/ptrace.h>

struct pool {
	u64 process;
	u64 name;	/* where it is in the JVM */
};
struct begun {
	u64 at;
	u64 used;
};
struct collection {
	u64 end;
	u64 ns;
	u64 used_before;
	u64 used_after;
	u32 pid;
	char pool[48];
	char manager[48];
};
BPF_HASH(running, struct pool, struct begun);
BPF_PERF_OUTPUT(collections);

/* Names have no final 0, but a size. */
static inline void read_name(char *to, u64 room, const char *from, u64 size)
{
	if (size > room - 1)
		size = room - 1;
	bpf_probe_read_user(to, size, from);
}

int pool_begin(struct pt_regs *ctx)
{
	struct pool p = {.process = bpf_get_current_pid_tgid() >> 32};
	struct begun b = {.at = bpf_ktime_get_ns()};

	bpf_usdt_readarg(3, ctx, &p.name);
	bpf_usdt_readarg(6, ctx, &b.used);
	running.update(&p, &b);
	return 0;
}

int pool_end(struct pt_regs *ctx)
{
	struct pool p = {.process = bpf_get_current_pid_tgid() >> 32};
	struct collection c = {.end = bpf_ktime_get_ns(), .pid = p.process};
	u64 manager = 0, manager_size = 0, pool_size = 0;
	struct begun *b;

	bpf_usdt_readarg(1, ctx, &manager);
	bpf_usdt_readarg(2, ctx, &manager_size);
	bpf_usdt_readarg(3, ctx, &p.name);
	bpf_usdt_readarg(4, ctx, &pool_size);
	bpf_usdt_readarg(6, ctx, &c.used_after);
	b = running.lookup(&p);
	if (!b)
		return 0; /* it began before we did */
	c.ns = c.end - b->at;
	c.used_before = b->used;
	read_name(c.pool, sizeof(c.pool), (const char *)p.name, pool_size);
	read_name(c.manager, sizeof(c.manager), (const char *)manager, manager_size);
	collections.perf_submit(ctx, &c, sizeof(c));
	running.delete(&p);
	return 0;
}
`

type collection struct {
	End, NS               uint64
	UsedBefore, UsedAfter uint64
	PID                   uint32
	Pool, Manager         [48]byte
}
