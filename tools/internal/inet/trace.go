package inet

import (
	"context"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// TraceC defines what the texts of a Trace begin with: the settings, and who did
// something. It goes behind the other shared texts, all of which Trace adds.
const TraceC = `
#include <linux/sched.h>

struct config {
	u64 least;	/* ns */
	u32 on;		/* 0 until the rest is set */
	u32 pid;
	u32 netns;
	u32 unused;
};

struct task {
	u32 pid, uid;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);

static inline struct config *wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on ? c : NULL;
}

static inline int wanted_task(void)
{
	struct config *c = wanted();

	if (!c || filtered_out())
		return 0;
	return !c->pid || c->pid == bpf_get_current_pid_tgid() >> 32;
}

static inline void set_task(struct task *t)
{
	t->pid = bpf_get_current_pid_tgid() >> 32;
	t->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&t->comm, sizeof(t->comm));
}
`

// Config is the programs' struct config. 0 is no limit.
type Config struct {
	Least  uint64 // ns
	On     uint32 // Trace sets it
	PID    uint32
	Netns  uint32 // inode number
	Unused uint32
}

// Task is the programs' struct task.
type Task struct {
	PID, UID uint32
	Comm     bccgo.Comm
}

// Trace is a run of a tool that prints something for each event E of its program,
// in the order of its field time.
type Trace[E any] struct {
	// Text is the tool's C text; it has a buffer called events from TraceC.
	Text    string
	Defines map[string]string
	Config  Config
	Filter  *Filter
	// Hooks call the text's functions; they may be nil.
	Hooks *Hooks
	// Attach attaches other functions that are not attached by their names; it
	// may be nil.
	Attach func(m *bccgo.Module) error
	// Heading prints the line of headings.
	Heading func() error
	// Event prints an event.
	Event func(ev *E) error
	// Finish prints what is left at the end; it may be nil.
	Finish func(m *bccgo.Module) error
}

// latency is how long an event may wait for others; the order of time takes twice
// as long.
const latency = 50 * time.Millisecond

// Run traces until ctx or the duration asked for ends.
func (t *Trace[E]) Run(ctx context.Context, s *toolkit.Session) error {
	text := toolkit.ContainersC + toolkit.MissedC + EndsC + FilterC + TraceC + changeC + t.Text + statesC + acceptsC
	t.Filter.Define(t.Defines)
	if s.EBPF {
		return s.PrintC(text, t.Defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: t.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[E](m, "events", &bccgo.StreamOptions{Latency: latency, OrderBy: "time", OnLost: s.Losses.Add})
	if err := t.attach(s, m); err != nil {
		return err
	}
	t.Config.On = 1
	if err := toolkit.Configure(m, t.Config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := t.Heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, t.Event); err != nil {
		return err
	}
	if t.Finish != nil {
		if err := t.Finish(m); err != nil {
			return err
		}
	}
	return s.Losses.Finish(m)
}

func (t *Trace[E]) attach(s *toolkit.Session, m *bccgo.Module) error {
	if t.Hooks != nil {
		if err := t.Hooks.attach(m); err != nil {
			return err
		}
	}
	if t.Attach != nil {
		if err := t.Attach(m); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return t.Filter.HandOver(m)
}
