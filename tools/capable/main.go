// Capable prints every check of a capability: which process needed which.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The function cap_capable knows how it is asked, its tracepoint how it answers.
const program = `
#include <linux/sched.h>

struct config {
	u32 self;	/* this tool's process */
	u32 silent;	/* also checks that leave no trace in the audit log */
};

/* What was checked. */
struct check {
	s32 cap;
	s32 audit, insetid;	/* -1 if not known */
	s32 ret;		/* 1 if not known */
};

struct event {
	struct who who;
	struct check check;
	u64 kernel_stack, user_stack;
};

BPF_ARRAY(settings, struct config, 1);

#ifdef UNIQUE
struct once {
	u64 by;		/* a process or a cgroup */
	u64 kernel_stack, user_stack;
	s32 cap;
	s32 ret;
};

BPF_TABLE("lru_hash", struct once, u8, seen, 65536);

static inline int repeats(struct event *ev)
{
	struct once once = {
		.by = ev->who.pid,
		.kernel_stack = ev->kernel_stack,
		.user_stack = ev->user_stack,
		.cap = ev->check.cap,
		.ret = ev->check.ret,
	};
	u8 yes = 1;

#if defined(CGROUP_MAP) || defined(CGROUP)
	once.by = bpf_get_current_cgroup_id();
#endif
	if (seen.lookup(&once))
		return 1;
	seen.update(&once, &yes);
	return 0;
}
#endif

static inline int report(void *ctx, struct check *check)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {.check = *check};

	if (!c || !task_wanted() || filtered_out())
		return 0;
	if (!check->audit && !c->silent)
		return 0;
	sign(&ev.who);
	if (ev.who.pid == c->self)
		return 0;
#ifdef KERNEL_STACK
	ev.kernel_stack = kernel_stack(ctx);
#endif
#ifdef USER_STACK
	ev.user_stack = process_stack(ctx);
#endif
#ifdef UNIQUE
	if (repeats(&ev))
		return 0;
#endif
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}

#ifdef USE_TRACEPOINT
TRACEPOINT_PROBE(capability, cap_capable)
{
	struct check check = {.cap = args->cap, .audit = -1, .insetid = -1, .ret = args->ret};

	return report(args, &check);
}
#else
int enter_cap_capable(struct pt_regs *ctx)
{
	struct check check = {.cap = PT_REGS_PARM3(ctx), .insetid = -1, .ret = 1};
	u32 how = PT_REGS_PARM4(ctx);

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 1, 0)
	check.audit = how == 1;
#else
	check.audit = !(how & 2);
	check.insetid = !!(how & 4);
#endif
	return report(ctx, &check);
}
#endif
`

// config is the program's struct config.
type config struct{ Self, Silent uint32 }

// check is the program's struct check.
type check struct {
	Cap            int32
	Audit, InSetID int32
	Ret            int32
}

// event is the program's struct event.
type event struct {
	Who                    snoop.Who
	Check                  check
	KernelStack, UserStack uint64
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := new(options)
	return &toolkit.Tool{
		Name:        "capable",
		Usage:       "trace checks of capabilities",
		Description: "Prints a line for each check: the user and the process, and the capability that\nit needed.",
		Examples: []string{
			"capable --unique       # each capability once for a process",
			"capable -KU -p 181     # with the places in the kernel and in the process",
			"capable -vx            # also checks that are not audited, with more columns",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "also checks that are not audited; on standard error, which probes were chosen and why", Destination: &o.verbose},
		o.tasks.PIDFlag(),
		&cli.BoolFlag{Name: "kernel-stack", Aliases: []string{"K"}, Usage: "print the kernel's stack", Destination: &o.kernelStack},
		&cli.BoolFlag{Name: "user-stack", Aliases: []string{"U"}, Usage: "print the process's stack", Destination: &o.userStack},
		&cli.BoolFlag{Name: "extra", Aliases: []string{"x"}, Usage: "print the thread, and whether a set-user-id call asked", Destination: &o.extra},
		&cli.BoolFlag{Name: "unique", Usage: "print the same once for a process, or with --cgroup, --container or --cgroupmap for a cgroup", Destination: &o.unique},
	}
	return append(append(own, o.containers.Flags()...), o.ways.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Verbose = o.verbose
	st, err := o.prepare(s)
	if err != nil {
		return err
	}
	p := &printer{options: o, s: s}
	t := snoop.Trace[event]{
		Text: o.text(), Defines: st.defines,
		Stream: bccgo.StreamOptions{Immediate: o.userStack}, // the process may end
		Attach: st.attach,
		Begin: func(m *bccgo.Module) error {
			if err := p.openStacks(m); err != nil {
				return err
			}
			if err := toolkit.Configure(m, st.config); err != nil {
				return err
			}
			return o.tasks.Begin(m)
		},
		Heading: p.heading, Record: p.record,
	}
	return t.Run(ctx, s)
}
