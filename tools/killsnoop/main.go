// Killsnoop prints every signal that is sent by kill: who sent it, to whom, and
// whether that worked.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <linux/sched.h>

struct config {
	s32 tpid;
	u32 by_tpid;
	u64 signals[2];	/* a bit for each wanted one */
	u32 failed;
	u32 unused;
};

/* A call: thread is 0 for kill, target 0 for tkill. */
struct call {
	s32 target, thread;
	s32 sig;
	s32 ret;
};

struct event {
	struct who who;
	struct call call;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, u64, struct call);

static inline int call_wanted(struct call *call)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u32 sig = call->sig;

	if (!c)
		return 0;
	if (c->by_tpid && c->tpid != (call->target ? call->target : call->thread))
		return 0;
	/* What is no signal is wanted if all are. */
	if (sig > 127)
		sig = 127;
	return (sig > 63 ? c->signals[1] : c->signals[0]) >> (sig & 63) & 1;
}

static inline int enter(s32 target, s32 thread, s32 sig)
{
	struct call call = {.target = target, .thread = thread, .sig = sig};
	u64 id = bpf_get_current_pid_tgid();

	if (task_wanted() && call_wanted(&call) && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

static inline int leave(void *ctx, int ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *call = calls.lookup(&id);
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {};

	if (!call || !c)
		return 0;
	if (ret < 0 || !c->failed) {
		sign(&ev.who);
		ev.call = *call;
		ev.call.ret = ret;
		if (events.perf_submit(ctx, &ev, sizeof(ev)))
			miss(MISSED_EVENTS);
	}
	calls.delete(&id);
	return 0;
}

#ifdef TRACE_KILL
TRACEPOINT_PROBE(syscalls, sys_enter_kill)
{
	return enter(args->pid, 0, args->sig);
}

TRACEPOINT_PROBE(syscalls, sys_exit_kill)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_TKILL
TRACEPOINT_PROBE(syscalls, sys_enter_tkill)
{
	return enter(0, args->pid, args->sig);
}

TRACEPOINT_PROBE(syscalls, sys_exit_tkill)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_TGKILL
TRACEPOINT_PROBE(syscalls, sys_enter_tgkill)
{
	return enter(args->tgid, args->pid, args->sig);
}

TRACEPOINT_PROBE(syscalls, sys_exit_tgkill)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_KILL
int syscall__kill(struct pt_regs *ctx, int pid, int sig)
{
	return enter(pid, 0, sig);
}

int return_kill(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_TKILL
int syscall__tkill(struct pt_regs *ctx, int tid, int sig)
{
	return enter(0, tid, sig);
}

int return_tkill(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_TGKILL
int syscall__tgkill(struct pt_regs *ctx, int pid, int tid, int sig)
{
	return enter(pid, tid, sig);
}

int return_tgkill(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// text is the program with what it is built on.
const text = toolkit.MissedC + snoop.TasksC + program

// config is the program's struct config.
type config struct {
	TPID           int32
	ByTPID         uint32
	Signals        [2]uint64
	Failed, Unused uint32
}

// call is the program's struct call.
type call struct {
	Target, Thread int32
	Sig            int32
	Ret            int32
}

// event is the program's struct event.
type event struct {
	Who  snoop.Who
	Call call
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: toolkit.Syscalls{Calls: []string{"kill"}}}
	return &toolkit.Tool{
		Name:        "killsnoop",
		Usage:       "trace signals sent by kill",
		Description: "Prints a line for each signal: the sender, the signal, the process it was meant\nfor, and what the call returned.",
		Examples: []string{
			"killsnoop -x            # only signals that could not be sent",
			"killsnoop -T 181        # only those to a process",
			"killsnoop -s KILL,TERM  # only these two signals",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "failed", Aliases: []string{"x"}, Usage: "only calls that fail", Destination: &o.failed},
		o.tasks.PIDFlag(),
		&cli.StringFlag{Name: "tpid", Aliases: []string{"T"}, Usage: "only signals to process `TPID`; that of a group is negative", Destination: &o.tpid},
		&cli.StringFlag{Name: "signal", Aliases: []string{"s"}, Usage: "only this `SIGNAL`, by number or name, or several with commas between", Destination: &o.signals},
		&cli.BoolFlag{Name: "threads", Usage: "also signals to threads: tkill and tgkill", Destination: &o.threads},
	}
	return append(own, o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	c, err := o.config()
	if err != nil {
		return err
	}
	p, err := o.printer(s)
	if err != nil {
		return err
	}
	defines := map[string]string{}
	if err := o.probes.Define(s, defines); err != nil {
		return err
	}
	t := snoop.Trace[event]{
		Text: text, Defines: defines,
		Attach: func(m *bccgo.Module) error { return o.probes.Attach(s, m) },
		Begin: func(m *bccgo.Module) error {
			if err := toolkit.Configure(m, c); err != nil {
				return err
			}
			return o.tasks.Begin(m)
		},
		Heading: p.heading, Record: p.record,
	}
	return t.Run(ctx, s)
}
