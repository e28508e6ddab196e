// Exitsnoop prints every process that ends: how old it got and what ended it.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A process ends with its last thread, which need not be its first one. Its end is
// then what wait() tells of it: the process's own exit code if it has one, else that
// of its first thread.
const program = toolkit.MissedC + `
#include <linux/sched.h>
#include <linux/sched/signal.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
	u32 failed;
	u32 threads;
};

struct event {
	u64 time, start;
	u32 pid, tid, ppid;
	u32 code;	/* as wait() has it */
	u32 dead;	/* whether it was the process's last thread */
	char comm[TASK_COMM_LEN];
};

struct process {
	u64 pid, start;
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", struct process, u32, ended, 4096);
BPF_PERF_OUTPUT(events);

static inline void describe(struct event *ev, struct task_struct *task)
{
	struct task_struct *parent = NULL;

	bpf_probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
	bpf_probe_read_kernel(&ev->ppid, sizeof(ev->ppid), &parent->tgid);
	bpf_probe_read_kernel(&ev->pid, sizeof(ev->pid), &task->tgid);
	bpf_probe_read_kernel(&ev->tid, sizeof(ev->tid), &task->pid);
	bpf_probe_read_kernel(&ev->start, sizeof(ev->start), &task->start_time);
	bpf_probe_read_kernel(&ev->code, sizeof(ev->code), &task->exit_code);
	bpf_probe_read_kernel(&ev->comm, sizeof(ev->comm), &task->comm);
}

/* Of two threads that end at the same time, both may look like the last one. */
static inline int is_first_end(struct event *ev)
{
	struct process process = {.pid = ev->pid, .start = ev->start};
	u32 one = 1;

	return !ended.insert(&process, &one);
}

RAW_TRACEPOINT_PROBE(sched_process_exit)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct task_struct *leader = NULL;
	struct signal_struct *signal = NULL;
	int zero = 0, live = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {};
	u32 flags = 0;

	if (!c || !c->on)
		return 0;
	bpf_probe_read_kernel(&signal, sizeof(signal), &task->signal);
	bpf_probe_read_kernel(&live, sizeof(live), &signal->live);
	if (live && !c->threads)
		return 0;
	if (!c->threads) {
		bpf_probe_read_kernel(&leader, sizeof(leader), &task->group_leader);
		task = leader;
	}
	describe(&ev, task);
	if (c->pid && c->pid != ev.pid)
		return 0;
	if (!c->threads) {
		bpf_probe_read_kernel(&flags, sizeof(flags), &signal->flags);
		if (flags & SIGNAL_GROUP_EXIT)
			bpf_probe_read_kernel(&ev.code, sizeof(ev.code), &signal->group_exit_code);
		if (!is_first_end(&ev))
			return 0;
	}
	ev.dead = !live;
	/* The end of the only process ends the tracing. */
	if (c->failed && !ev.code && !(c->pid && ev.dead))
		return 0;
	ev.time = bpf_ktime_get_ns();
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}
`

// lateness is how long it takes to read an end that came before the tool knew that it
// would wait for nothing else.
const lateness = 300 * time.Millisecond

// config is the program's struct config.
type config struct {
	On      uint32
	PID     uint32
	Failed  uint32
	Threads uint32
}

// event is the program's struct event.
type event struct {
	Time, Start    uint64
	PID, TID, PPID uint32
	Code           uint32
	Dead           uint32
	Comm           bccgo.Comm
}

// options are the flags.
type options struct {
	timestamp, utc, failed, threads bool
	label                           label
	target                          sched.Target
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "exitsnoop",
		Usage:       "trace processes as they end",
		Description: "Prints a line for each process that ends: how old it got, and whether by itself,\nwith which code, or by which signal.",
		Examples: []string{
			"exitsnoop -x             # those that fail, or are ended by a signal",
			"exitsnoop --utc -p 185   # the end of a process, with the time",
			"exitsnoop --per-thread   # the end of each thread",
		},
		Optional: map[string]string{"label": defaultLabel},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the time of day", Destination: &o.timestamp},
			&cli.BoolFlag{Name: "utc", Usage: "print the time of day in UTC", Destination: &o.utc},
			o.target.PIDFlag(),
			&cli.GenericFlag{Name: "label", Usage: "put `LABEL` into each line, \"exit\" if empty", Value: &o.label},
			&cli.BoolFlag{Name: "failed", Aliases: []string{"x"}, Usage: "leave out those that end with code 0", Destination: &o.failed},
			&cli.BoolFlag{Name: "per-thread", Usage: "print the end of each thread", Destination: &o.threads},
			// BCC's answer to kernels of RHEL 7, which are too old for other reasons.
			&cli.BoolFlag{Name: "timespec", Hidden: true},
		},
		Run: o.run,
	}
}

func (o *options) config() config {
	c := config{On: 1, PID: uint32(o.target.PID)}
	if o.failed {
		c.Failed = 1
	}
	if o.threads {
		c.Threads = 1
	}
	return c
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.target.Check(); err != nil {
		return err
	}
	if err := sched.NeedHeaders(s, "how a process ended"); err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(program, nil)
	}
	m, err := sched.Load(ctx, s, program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add})
	if err := toolkit.Configure(m, o.config()); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := &printer{options: o, s: s, end: cancel}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	late := o.target.PID != 0 && toolkit.Ended(o.target.PID)
	if late {
		time.AfterFunc(lateness, cancel) // what came is read nonetheless
	}
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	if late && !p.seen {
		return fmt.Errorf("--pid %d: the process ended before its end could be traced", o.target.PID)
	}
	return s.Losses.Finish(m)
}
