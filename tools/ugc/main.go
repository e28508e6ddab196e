// Ugc prints the garbage collections of a program in a high-level language.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A collection may have parts that are under way at the same time, as the pools of
// Java's, and may end in another thread than it began.
const program = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 unused;
	u64 minimum;	/* ns */
};

struct running {
	u64 process, thread, part;
	u64 kind;
};

struct begun {
	u64 time;
	struct numbers numbers;
};

struct event {
	u64 time;	/* of the end */
	u64 delta;
	u32 pid, tid;
	u32 kind;
	u32 flags;	/* of the texts, 2 bits each */
	struct numbers begin, end;
	char first[64];
	char second[64];
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", struct running, struct begun, collections, 1024);
BPF_PERF_OUTPUT(events);

static inline int begin(u32 kind, u64 thread, u64 part, struct numbers *n)
{
	struct running id = {bpf_get_current_pid_tgid() >> 32, thread, part, kind};
	struct begun b = {.time = bpf_ktime_get_ns(), .numbers = *n};

	collections.update(&id, &b);
	return 0;
}

static inline int end(struct pt_regs *ctx, u32 kind, u64 thread, u64 part, struct numbers *n, struct texts *t)
{
	u64 now = bpf_ktime_get_ns(), task = bpf_get_current_pid_tgid();
	struct running id = {task >> 32, thread, part, kind};
	struct event ev = {.time = now, .kind = kind, .pid = task >> 32, .tid = task, .end = *n};
	struct config *c;
	struct begun *b;
	int zero = 0;

	b = collections.lookup(&id);
	if (!b)
		return 0;	/* it began before we did */
	ev.delta = now - b->time;
	ev.begin = b->numbers;
	collections.delete(&id);
	c = settings.lookup(&zero);
	if (!c || !c->on || ev.delta < c->minimum)
		return 0;
	ev.flags = read_text(ev.first, sizeof(ev.first), t->first, t->first_size);
	ev.flags |= read_text(ev.second, sizeof(ev.second), t->second, t->second_size) << 2;
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}
`

// config is the program's struct config.
type config struct {
	On, Unused uint32
	Minimum    uint64
}

// numbers is the program's struct numbers.
type numbers struct{ First, Second int64 }

// event is the program's struct event.
type event struct {
	Time, Delta   uint64
	PID, TID      uint32
	Kind, Flags   uint32
	Begin, End    numbers
	First, Second [64]byte
}

// options are the flags.
type options struct {
	choice       *runtimes.Choice
	milliseconds bool
	minimum      float64
	filter       string
}

func main() { toolkit.Main(tool(os.Args[0])) }

// collecting are the languages.
func collecting() []string {
	return runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Collections != nil })
}

func tool(argv0 string) *toolkit.Tool {
	o := &options{choice: runtimes.NewChoice("ugc", argv0, collecting())}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "show the garbage collections of high-level languages",
		Description: "Prints a line for each garbage collection of the process PID when it ends: when\n" +
			"it began, how long it took, and what the runtime tells of it.",
		Examples: []string{
			o.choice.Tool + " 185           # all collections",
			o.choice.Tool + " -m -M 10 185  # those of more than 10 ms, with times in ms",
			o.choice.Tool + " -F Eden 185   # those with this text in their descriptions",
		},
		MaxArgs: 1, ArgsUsage: "PID",
		Flags: append(o.choice.Flags(),
			&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "print times in milliseconds in place of microseconds", Destination: &o.milliseconds},
			&cli.Float64Flag{Name: "minimum", Aliases: []string{"M"}, Usage: "only collections of at least `MS` milliseconds", Destination: &o.minimum},
			&cli.StringFlag{Name: "filter", Aliases: []string{"F"}, Usage: "only collections with `TEXT` in their descriptions", Destination: &o.filter},
		),
		Run: o.run,
	}
}

// find finds the runtime of the process and enables its probes. text is the
// program for them.
func (o *options) find(args []string) (process *runtimes.Process, text string, err error) {
	if err := o.choice.Check(); err != nil {
		return nil, "", err
	}
	if o.minimum < 0 {
		return nil, "", errors.New("--minimum: want a number of 0 or above")
	}
	pid, err := runtimes.PIDArg(args)
	if err != nil {
		return nil, "", err
	}
	if process, err = runtimes.Find(pid, o.choice.Language, collecting()); err != nil {
		return nil, "", err
	}
	text = toolkit.MissedC + runtimes.TextC + runtimes.CollectionC + program
	for i, c := range process.Runtime.Collections {
		text += c.Handlers(i)
		err = errors.Join(err, process.Enable(c.Begin, fmt.Sprintf("on_begin_%d", i)), process.Enable(c.End, fmt.Sprintf("on_end_%d", i)))
	}
	if err != nil {
		return nil, "", errors.Join(err, process.USDT.Close())
	}
	return process, text, nil
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	process, text, err := o.find(s.Args)
	if err != nil {
		return err
	}
	defer process.USDT.Close()
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{USDT: []*bccgo.USDT{process.USDT}})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	p := &printer{options: o, s: s, runtime: process.Runtime, start: bccgo.MonotonicTime()}
	if err := toolkit.Configure(m, config{On: 1, Minimum: uint64(o.minimum * 1e6)}); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		s.Warnf("tracing garbage collections of process %d (language: %s) until Ctrl-C", process.PID, process.Runtime.Language)
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
