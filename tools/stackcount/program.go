package main

import "github.com/bccgo/bcc/bccgo"

// program counts by stacks. A function user_side(ctx), which returns the stack of
// user space, goes before it.
const program = `
struct config {
	u32 on;		/* after all probes are attached */
	u32 pid;
	s32 cpu;	/* negative for all */
};

struct key {
	u64 kernel, user;
	u32 pid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(counts, struct key, u64, STACKS);

static inline int enter(void *ctx, u64 place)
{
	int first = 0;
	u64 none = 0, *n;
	struct key key = {};
	struct config *c = settings.lookup(&first);
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (!c || !c->on)
		return 0;
	if (c->pid && c->pid != pid)
		return 0;
	if (c->cpu >= 0 && c->cpu != bpf_get_smp_processor_id())
		return 0;
#ifdef KERNEL_STACKS
	key.kernel = kernel_stack(ctx);
#endif
#ifdef USER_STACKS
	key.user = user_side(ctx);
	key.pid = pid;	/* addresses mean something in a process */
#endif
#ifdef BY_PROCESS
	key.pid = pid;
	bpf_get_current_comm(&key.comm, sizeof(key.comm));
#endif
	n = counts.lookup_or_try_init(&key, &none);
	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// The stack of user space where a program runs: in the kernel; at the entry of a
// function, when there is no frame of it yet; or somewhere in a function.
const (
	headers = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>
`
	fromKernel = `
static inline u64 user_side(void *ctx)
{
	return process_stack(ctx);
}
`
	fromEntry = `
static inline u64 user_side(struct pt_regs *ctx)
{
	return user_stack(PT_REGS_IP(ctx), return_address(ctx), PT_REGS_FP(ctx));
}
`
	fromWithin = `
static inline u64 user_side(struct pt_regs *ctx)
{
	return user_stack(PT_REGS_IP(ctx), 0, PT_REGS_FP(ctx));
}
`
)

// config is the program's struct config.
type config struct {
	On, PID uint32
	CPU     int32
}

// key is the program's struct key.
type key struct {
	Kernel, User uint64
	PID, Unused  uint32
	Comm         bccgo.Comm
}
