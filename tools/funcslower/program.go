package main

import "github.com/bccgo/bcc/bccgo"

// program sends calls that took long. The stacks are taken when they return.
const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct config {
	u64 since;	/* calls that began earlier are not shown */
	u64 least;	/* nor those that took less */
	u32 pid;
	u32 unused;
};

struct call {
	u64 place;
	u64 begin;
#ifdef ARGUMENTS
	u64 args[6];
#endif
};

struct event {
	u64 time;	/* of the return */
	u64 took;
	u64 place;
	u64 ret;
	u64 user, kernel;	/* stacks */
	u32 pid, tid;
	char comm[TASK_COMM_LEN];
	u64 args[6];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);

static inline int wanted(void)
{
	int first = 0;
	struct config *c = settings.lookup(&first);

	return c && (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32);
}

static inline int counts(u64 begin)
{
	int first = 0;
	struct config *c = settings.lookup(&first);

	return c && begin >= c->since;
}

static inline void began(struct pt_regs *ctx, struct call *call)
{
#ifdef ARGUMENTS
	call->args[0] = PT_REGS_PARM1(ctx);
	call->args[1] = PT_REGS_PARM2(ctx);
	call->args[2] = PT_REGS_PARM3(ctx);
	call->args[3] = PT_REGS_PARM4(ctx);
	call->args[4] = PT_REGS_PARM5(ctx);
	call->args[5] = PT_REGS_PARM6(ctx);
#endif
}

static inline void ended(struct pt_regs *ctx, struct call *call, int kernel)
{
	int first = 0;
	u64 now = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	struct event ev = {.time = now, .took = now - call->begin, .place = call->place};
	struct config *c = settings.lookup(&first);

	if (!c || ev.took < c->least)
		return;
	ev.ret = PT_REGS_RC(ctx);
	ev.pid = id >> 32;
	ev.tid = id;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
#ifdef ARGUMENTS
	__builtin_memcpy(ev.args, call->args, sizeof(ev.args));
#endif
#ifdef KERNEL_STACKS
	if (kernel)
		ev.kernel = kernel_stack(ctx);
#endif
#ifdef USER_STACKS
	/* A function of user space is about to go on where it returns to. */
	ev.user = kernel ? process_stack(ctx) : user_stack(PT_REGS_IP(ctx), 0, PT_REGS_FP(ctx));
#endif
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}
`

// event is the program's struct event.
type event struct {
	Time, Took   uint64
	Place, Ret   uint64
	User, Kernel uint64
	PID, TID     uint32
	Comm         bccgo.Comm
	Args         [maxArguments]uint64
}

// config is the program's struct config.
type config struct {
	Since, Least uint64
	PID, Unused  uint32
}
