// Shmsnoop prints every call by which System V shared memory is made, attached,
// detached and controlled.
package main

import (
	"context"

	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <linux/sched.h>

enum { SHMGET, SHMAT, SHMDT, SHMCTL };

/* A call, and its arguments in their order. */
struct call {
	u64 args[3];
	u64 kind;
};

struct event {
	struct who who;
	struct call call;
	s64 ret;
};

BPF_HASH(calls, u64, struct call);

static inline int enter(u64 kind, u64 a, u64 b, u64 c)
{
	struct call call = {.args = {a, b, c}, .kind = kind};
	u64 id = bpf_get_current_pid_tgid();

	if (task_wanted() && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

static inline int leave(void *ctx, s64 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *call = calls.lookup(&id);
	struct event ev = {.ret = ret};

	if (!call)
		return 0;
	sign(&ev.who);
	ev.call = *call;
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	calls.delete(&id);
	return 0;
}

#ifdef TRACE_SHMGET
TRACEPOINT_PROBE(syscalls, sys_enter_shmget)
{
	return enter(SHMGET, args->key, args->size, args->shmflg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_shmget)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_SHMAT
TRACEPOINT_PROBE(syscalls, sys_enter_shmat)
{
	return enter(SHMAT, args->shmid, (u64)args->shmaddr, args->shmflg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_shmat)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_SHMDT
TRACEPOINT_PROBE(syscalls, sys_enter_shmdt)
{
	return enter(SHMDT, (u64)args->shmaddr, 0, 0);
}

TRACEPOINT_PROBE(syscalls, sys_exit_shmdt)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_SHMCTL
TRACEPOINT_PROBE(syscalls, sys_enter_shmctl)
{
	return enter(SHMCTL, args->shmid, args->cmd, (u64)args->buf);
}

TRACEPOINT_PROBE(syscalls, sys_exit_shmctl)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_SHMGET
int syscall__shmget(struct pt_regs *ctx, u32 key, u64 size, int flags)
{
	return enter(SHMGET, key, size, flags);
}

int return_shmget(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_SHMAT
int syscall__shmat(struct pt_regs *ctx, int id, u64 addr, int flags)
{
	return enter(SHMAT, id, addr, flags);
}

int return_shmat(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_SHMDT
int syscall__shmdt(struct pt_regs *ctx, u64 addr)
{
	return enter(SHMDT, addr, 0, 0);
}

int return_shmdt(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_SHMCTL
int syscall__shmctl(struct pt_regs *ctx, int id, int cmd, u64 buf)
{
	return enter(SHMCTL, id, cmd, buf);
}

int return_shmctl(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// text is the program with what it is built on.
const text = toolkit.MissedC + snoop.TasksC + program

// call is the program's struct call.
type call struct {
	Args [3]uint64
	Kind uint64
}

// event is the program's struct event.
type event struct {
	Who  snoop.Who
	Call call
	Ret  int64
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &snoop.Calls{Probes: toolkit.Syscalls{Calls: []string{"shmget", "shmat", "shmdt", "shmctl"}}}
	return &toolkit.Tool{
		Name:        "shmsnoop",
		Usage:       "trace System V shared memory",
		Description: "Prints a line for each shmget, shmat, shmdt and shmctl: the process, what the call\nreturned, and its arguments.",
		Examples: []string{
			"shmsnoop -T            # with the seconds since the first line",
			"shmsnoop -p 181        # only one process",
			"shmsnoop -n postgres   # only names with postgres in them",
		},
		Flags: o.Flags(),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			p := &printer{Calls: o, s: s}
			return snoop.Run(ctx, s, o, text, p.heading, p.record)
		},
	}
}
