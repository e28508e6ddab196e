// Uthreads prints the threads that a program starts, and in Java those that stop.
package main

import (
	"context"
	"os"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A thread is known by its function from pthread_create, and by its number from
// the kernel, which makes it meanwhile.
const program = `
#include <uapi/linux/sched.h>

enum { PTHREAD, START, STOP };

struct config {
	u32 on;
};

struct event {
	u64 time;
	u64 id;		/* the runtime's, or the function of a pthread */
	u64 native;
	u32 pid, tid;	/* of the thread that tells */
	u32 kind;
	u32 flags;
	char name[128];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);

static inline int send(void *ctx, struct event *ev)
{
	u64 task = bpf_get_current_pid_tgid();
	struct config *c;
	int zero = 0;

	c = settings.lookup(&zero);
	if (!c || !c->on)
		return 0;
	ev->time = bpf_ktime_get_ns();
	ev->pid = task >> 32;
	ev->tid = task;
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
	return 0;
}

#ifdef PTHREAD_CREATE

/* The functions of threads that are being made, by the thread that makes them. */
BPF_TABLE("lru_hash", u64, u64, making, 10240);

int enter_pthread_create(struct pt_regs *ctx)
{
	u64 task = bpf_get_current_pid_tgid(), function = PT_REGS_PARM3(ctx);

	making.update(&task, &function);
	return 0;
}

int return_pthread_create(struct pt_regs *ctx)
{
	u64 task = bpf_get_current_pid_tgid();

	making.delete(&task);
	return 0;
}

TRACEPOINT_PROBE(task, task_newtask)
{
	u64 task = bpf_get_current_pid_tgid();
	struct event ev = {.kind = PTHREAD, .native = args->pid};
	u64 *function = making.lookup(&task);

	if (!function || !(args->clone_flags & CLONE_THREAD))
		return 0;
	ev.id = *function;
	return send(args, &ev);
}

#endif

static inline int tell(struct pt_regs *ctx, u32 kind, struct thread *t)
{
	struct event ev = {.kind = kind, .id = t->id, .native = t->native};

	ev.flags = read_text(ev.name, sizeof(ev.name), t->name, t->name_size);
	return send(ctx, &ev);
}
`

// pthreadStart is for a C library with its own probe, which tells of a thread in
// that thread.
const pthreadStart = `
int on_pthread_start(struct pt_regs *ctx)
{
	struct event ev = {.kind = PTHREAD, .native = (u32)bpf_get_current_pid_tgid()};

	bpf_usdt_readarg(2, ctx, &ev.id);
	return send(ctx, &ev);
}
`

// The kinds of events by the program's numbers.
const (
	pthread = iota
	start
	stop
)

// config is the program's struct config.
type config struct{ On uint32 }

// event is the program's struct event.
type event struct {
	Time, ID, Native uint64
	PID, TID         uint32
	Kind, Flags      uint32
	Name             [128]byte
}

// none is the language of those who want pthreads alone; c is the same, and what
// is found where no runtime is.
const (
	none  = "none"
	cOnly = "c"
)

// options are the flags.
type options struct{ choice *runtimes.Choice }

func main() { toolkit.Main(tool(os.Args[0])) }

// threading are the languages with probes of threads.
func threading() []string {
	return runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Threads != nil })
}

func tool(argv0 string) *toolkit.Tool {
	o := &options{choice: runtimes.NewChoice("uthreads", argv0, append([]string{cOnly}, append(threading(), none)...))}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "show the threads that programs start",
		Description: "Prints a line for each thread that the process PID makes by pthread_create, with\n" +
			"its function, and for each that a Java program starts or stops, with its name.",
		Examples: []string{
			o.choice.Tool + " 185          # threads of a process",
			o.choice.Tool + " -d 10 185    # for ten seconds",
			o.choice.Tool + " --json 185   # one JSON object a line",
		},
		MaxArgs: 1, ArgsUsage: "PID",
		Flags: o.choice.Flags(),
		Run:   o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "threads"
	plan, err := o.prepare(s)
	if err != nil {
		return err
	}
	defer plan.close()
	if s.EBPF {
		return s.PrintC(plan.text, plan.defines)
	}
	m, err := bccgo.LoadContext(ctx, plan.text, &bccgo.Options{Defines: plan.defines, USDT: plan.usdts()})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := plan.attach(s, m); err != nil {
		return err
	}
	p := &printer{s: s, m: m, pid: plan.pid, start: bccgo.MonotonicTime()}
	if err := toolkit.Configure(m, config{On: 1}); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		s.Warnf("tracing threads of process %d (language: %s) until Ctrl-C", plan.pid, plan.language)
	}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
