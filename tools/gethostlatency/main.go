// Gethostlatency prints how long look-ups of host names take.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The name is read when the call returns: a name that nobody has read before may
// not be in memory at the call's entry, and a program in the kernel cannot load
// it. Calls are told apart by the stack besides the thread, as one may make
// another. Threads that end in a call leave it behind, so that the oldest have to
// make room.
const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

#define HOST_SIZE 256

enum { GETADDRINFO, GETHOSTBYNAME, GETHOSTBYNAME2 };

struct config {
	u32 pid;
};

struct call_id {
	u64 thread;
	u64 stack;	/* after the return */
};

struct call {
	u64 time;
	const char *host;
};

struct event {
	u64 time;	/* of the return */
	u64 delta;
	u32 pid, tid, uid;
	u32 function;
	s32 ret;
	s32 size;	/* of the host with the final 0, negative if unreadable */
	u32 cut;	/* whether the host goes on */
	u32 unused;
	char comm[TASK_COMM_LEN];
	char host[HOST_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", struct call_id, struct call, calls, 10240);
BPF_PERF_OUTPUT(events);

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32);
}

int enter(struct pt_regs *ctx)
{
	struct call call = {.time = bpf_ktime_get_ns(), .host = (const char *)PT_REGS_PARM1(ctx)};
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx)};

#if defined(__x86_64__)
	id.stack += 8;	/* the return address */
#endif
	if (wanted())
		calls.update(&id, &call);
	return 0;
}

static inline int leave(struct pt_regs *ctx, int function, int ret)
{
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx)};
	struct call *call;
	struct event ev = {};
	char next = 0;

	if (!wanted())
		return 0;
	call = calls.lookup(&id);
	if (!call) {
		miss(MISSED_CALLS);
		return 0;
	}
	if (!call->host)
		goto forget;	/* the address of no host is wanted, but one to listen at */
	ev.time = bpf_ktime_get_ns();
	ev.delta = ev.time - call->time;
	ev.pid = id.thread >> 32;
	ev.tid = id.thread;
	ev.uid = bpf_get_current_uid_gid();
	ev.function = function;
	ev.ret = ret;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	ev.size = bpf_probe_read_user_str(ev.host, HOST_SIZE, call->host);
	if (ev.size == HOST_SIZE)
		bpf_probe_read_user(&next, sizeof(next), call->host + HOST_SIZE - 1);
	ev.cut = next != 0;
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
forget:
	calls.delete(&id);
	return 0;
}

int return_getaddrinfo(struct pt_regs *ctx)
{
	return leave(ctx, GETADDRINFO, PT_REGS_RC(ctx));
}

int return_gethostbyname(struct pt_regs *ctx)
{
	return leave(ctx, GETHOSTBYNAME, PT_REGS_RC(ctx) ? 0 : -1);
}

int return_gethostbyname2(struct pt_regs *ctx)
{
	return leave(ctx, GETHOSTBYNAME2, PT_REGS_RC(ctx) ? 0 : -1);
}
`

// hostSize is the program's HOST_SIZE.
const hostSize = 256

// functions are the traced ones by the program's numbers.
var functions = []string{"getaddrinfo", "gethostbyname", "gethostbyname2"}

// config is the program's struct config.
type config struct{ PID uint32 }

// event is the program's struct event.
type event struct {
	Time, Delta   uint64
	PID, TID, UID uint32
	Function      uint32
	Ret           int32
	Size          int32
	Cut, Unused   uint32
	Comm          bccgo.Comm
	Host          [hostSize]byte
}

// options are the flags.
type options struct {
	pid              int
	failed, extended bool
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "gethostlatency",
		Usage: "show how long look-ups of host names take",
		Description: "Prints a line for each getaddrinfo, gethostbyname and gethostbyname2 when it\n" +
			"returns: the time, the process, the milliseconds it took, and the name.",
		Examples: []string{
			"gethostlatency              # look-ups of all processes",
			"gethostlatency -p 1234      # of one process",
			"gethostlatency -ex --stats  # those that fail, and why, and at the end how many",
		},
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Value: -1, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
			&cli.BoolFlag{Name: "failed", Aliases: []string{"x"}, Usage: "only look-ups that fail", Destination: &o.failed},
			&cli.BoolFlag{Name: "extended", Aliases: []string{"e"}, Usage: "print the function and the error, too", Destination: &o.extended},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "look-ups"
	place, err := o.place()
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(toolkit.MissedC+program, nil)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.MissedC+program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := toolkit.Configure(m, config{PID: toolkit.KernelPID(max(o.pid, 0))}); err != nil {
		return err
	}
	if err := place.attach(s, m); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := &printer{options: o, s: s}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	p.finish()
	return s.Losses.Finish(m)
}
