// Execsnoop prints every program that is started: who started it, with which
// arguments, and whether that worked.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A call's arguments are kept from its entry to its return, because the program
// that made it is gone by then, and because only the return tells whether the
// call is wanted. They leave the kernel one a record, all from one processor
// and so in order.
const program = `
#include <linux/fcntl.h>
#include <linux/sched.h>

#define ARG_SIZE 136

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 fails;
	u32 by_uid, uid;
	u32 ppid;
};

struct call {
	s32 dir;	/* the descriptor a relative file name starts at */
	u32 args;	/* how many arguments there are */
	u32 more;	/* whether there are more than fit */
	s32 size[MAX_ARGS];
	char text[MAX_ARGS][ARG_SIZE];
};

/* One argument of a call, and the call. */
struct event {
	u64 time;
	u64 task;
	u32 pid, ppid, uid, cpu;
	s32 ret;
	s32 dir;	/* as in struct call, and so are these: */
	u32 args, more;
	u32 index;	/* which argument this is */
	s32 size;	/* of its text with the final 0, negative if unreadable */
	char comm[TASK_COMM_LEN];
	char pcomm[TASK_COMM_LEN];
	char text[ARG_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERCPU_ARRAY(scratch, struct call, 1);
BPF_HASH(calls, u64, struct call, 1024);
BPF_PERF_OUTPUT(events);

#ifdef OWN_HEADERS
static inline u32 parent(u32 pid, char *comm)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *real_parent = NULL;
	u32 ppid = 0;

	bpf_probe_read_kernel(&real_parent, sizeof(real_parent), &task->real_parent);
	bpf_probe_read_kernel(&ppid, sizeof(ppid), &real_parent->tgid);
	if (comm)
		bpf_probe_read_kernel(comm, TASK_COMM_LEN, &real_parent->comm);
	return ppid;
}
#else
/* Who forked whom: for kernels whose struct task_struct is not known. */
BPF_TABLE("lru_hash", u32, u32, parents, 32768);

TRACEPOINT_PROBE(sched, sched_process_fork)
{
	u32 child = args->child_pid, pid = bpf_get_current_pid_tgid() >> 32;

	parents.update(&child, &pid);
	return 0;
}

static inline u32 parent(u32 pid, char *comm)
{
	u32 *ppid = parents.lookup(&pid);

	return ppid ? *ppid : 0;
}
#endif

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || filtered_out())
		return 0;
	if (c->by_uid && c->uid != (u32)bpf_get_current_uid_gid())
		return 0;
	if (c->ppid) {
		u32 ppid = parent(bpf_get_current_pid_tgid() >> 32, NULL);

		/* An unknown parent, 0, is looked up later. */
		if (ppid && ppid != c->ppid)
			return 0;
	}
	return 1;
}

/* The file's name stands in for the first argument. */
static inline int enter(int dir, const char *file, const char *const *argv)
{
	u64 task = bpf_get_current_task();
	const char *arg = NULL;
	struct call *call;
	int zero = 0, i;

	if (!wanted())
		return 0;
	call = scratch.lookup(&zero);
	if (!call)
		return 0;
	call->size[0] = bpf_probe_read_user_str(call->text[0], ARG_SIZE, file);
	call->dir = dir;
	call->args = 1;
	call->more = 0;
#pragma unroll
	for (i = 1; i < MAX_ARGS; i++) {
		arg = NULL;
		bpf_probe_read_user(&arg, sizeof(arg), &argv[i]);
		if (!arg)
			goto keep;
		call->size[i] = bpf_probe_read_user_str(call->text[i], ARG_SIZE, arg);
		call->args = i + 1;
	}
	arg = NULL;
	bpf_probe_read_user(&arg, sizeof(arg), &argv[MAX_ARGS]);
	call->more = arg != NULL;
keep:
	/* The task's address outlives the call; its thread id may not. */
	if (calls.update(&task, call))
		miss(MISSED_CALLS);
	return 0;
}

static inline int leave(void *ctx, int ret)
{
	u64 task = bpf_get_current_task();
	struct call *call = calls.lookup(&task);
	int zero = 0, i;
	struct config *c = settings.lookup(&zero);
	struct event ev = {};

	if (!call || !c)
		return 0;
	if (ret && !c->fails)
		goto forget;
	ev.time = bpf_ktime_get_ns();
	ev.task = task;
	ev.pid = bpf_get_current_pid_tgid() >> 32;
	ev.ppid = parent(ev.pid, ev.pcomm);
	ev.uid = bpf_get_current_uid_gid();
	ev.cpu = bpf_get_smp_processor_id();
	ev.ret = ret;
	ev.dir = call->dir;
	ev.args = call->args;
	ev.more = call->more;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
#pragma unroll
	for (i = 0; i < MAX_ARGS; i++) {
		if (i >= call->args)
			break;
		ev.index = i;
		ev.size = call->size[i];
		__builtin_memcpy(ev.text, call->text[i], ARG_SIZE);
		if (events.perf_submit(ctx, &ev, sizeof(ev)))
			miss(MISSED_EVENTS);
	}
forget:
	calls.delete(&task);
	return 0;
}

#ifdef TRACE_EXECVE
TRACEPOINT_PROBE(syscalls, sys_enter_execve)
{
	return enter(AT_FDCWD, args->filename, args->argv);
}

TRACEPOINT_PROBE(syscalls, sys_exit_execve)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_EXECVEAT
TRACEPOINT_PROBE(syscalls, sys_enter_execveat)
{
	return enter(args->fd, args->filename, args->argv);
}

TRACEPOINT_PROBE(syscalls, sys_exit_execveat)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_EXECVE
int syscall__execve(struct pt_regs *ctx, const char *file, const char *const *argv)
{
	return enter(AT_FDCWD, file, argv);
}

int return_execve(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_EXECVEAT
int syscall__execveat(struct pt_regs *ctx, int dir, const char *file, const char *const *argv)
{
	return enter(dir, file, argv);
}

int return_execveat(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// config is the program's struct config.
type config struct {
	On         uint32
	Fails      uint32
	ByUID, UID uint32
	PPID       uint32
}

// argSize is the program's ARG_SIZE.
const argSize = 136

// event is the program's struct event.
type event struct {
	Time                uint64
	Task                uint64
	PID, PPID, UID, CPU uint32
	Ret                 int32
	Dir                 int32
	Args, More          uint32
	Index               uint32
	Size                int32
	Comm, PComm         bccgo.Comm
	Text                [argSize]byte
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: toolkit.Syscalls{Calls: []string{"execve", "execveat"}}}
	return &toolkit.Tool{
		Name:  "execsnoop",
		Usage: "trace programs as they are started",
		Description: "Prints a line for each exec: the name of the process, its id and its parent's,\n" +
			"what the call returned, and the file with its arguments.",
		Examples: []string{
			"execsnoop -x            # also those that fail",
			"execsnoop -TU -u 1000   # those of a user, with the time and the user",
			"execsnoop -l mkdir      # those whose command line has mkdir in it",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "time", Aliases: []string{"T"}, Usage: "print the time of day", Destination: &o.time},
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the start", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "fails", Aliases: []string{"x"}, Usage: "also show calls that fail", Destination: &o.fails},
		&cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only this `USER`, by number or name", Destination: &o.user},
		&cli.BoolFlag{Name: "quote", Aliases: []string{"q"}, Usage: "put arguments in quotation marks", Destination: &o.quote},
		&cli.StringFlag{Name: "name", Aliases: []string{"n"}, Usage: "only process names that match the regular expression `NAME`", Destination: &o.name},
		&cli.StringFlag{Name: "line", Aliases: []string{"l"}, Usage: "only command lines that match the regular expression `LINE`", Destination: &o.line},
		&cli.BoolFlag{Name: "print-uid", Aliases: []string{"U"}, Usage: "print the user id", Destination: &o.printUID},
		&cli.BoolFlag{Name: "print-cpu", Aliases: []string{"C"}, Usage: "print the processor", Destination: &o.printCPU},
		&cli.BoolFlag{Name: "print-pcomm", Aliases: []string{"M"}, Usage: "print the parent's name", Destination: &o.printPComm},
		&cli.IntFlag{Name: "max-args", Value: 20, Usage: "show at most `N` arguments, the file among them", Destination: &o.maxArgs},
		&cli.UintFlag{Name: "ppid", Aliases: []string{"P"}, Usage: "only children of process `PPID`", Destination: &o.ppid},
	}
	return append(append(own, o.containers.Flags()...), o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(toolkit.ContainersC+toolkit.MissedC+program, start.defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.ContainersC+toolkit.MissedC+program, &bccgo.Options{Defines: start.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{Immediate: true, OnLost: s.Losses.Add})
	if err := o.probes.Attach(s, m); err != nil {
		return err
	}
	if err := toolkit.Configure(m, start.config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := o.printer(s)
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	if err := p.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
