// Uflow prints the calls of methods of a program in a high-level language, and
// their returns, as they happen.
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

// The depth is kept in the kernel, so that it stays right when events are lost.
// Methods that are not wanted do not count for it.
const program = `
#define PREFIX_SIZE 64

struct prefix {
	char text[PREFIX_SIZE];
	char mask[PREFIX_SIZE];
};

struct config {
	u32 on;
	struct prefix class, name;
};

struct event {
	u64 time;
	u64 depth;
	u32 pid, tid;
	u32 cpu;
	u32 is_return;
	struct method method;
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", u64, u64, depths, 10240);
BPF_PERF_OUTPUT(events);

/* Whether a text begins like a prefix, by the bits that are set in the mask. */
static inline int begins(const char *text, const struct prefix *p)
{
	const u32 *a = (const u32 *)text, *b = (const u32 *)p->text, *mask = (const u32 *)p->mask;
	u32 differs = 0;
	int i;

#pragma unroll
	for (i = 0; i < PREFIX_SIZE / sizeof(u32); i++)
		differs |= (a[i] ^ b[i]) & mask[i];
	return !differs;
}

static inline int trace(struct pt_regs *ctx, struct names *n, int is_return)
{
	u64 thread = bpf_get_current_pid_tgid(), none = 0, *depth;
	struct event ev = {.is_return = is_return};
	struct config *c;
	int zero = 0;

	c = settings.lookup(&zero);
	if (!c || !c->on)
		return 0;
	read_method(&ev.method, n);
	if (!begins(ev.method.class, &c->class) || !begins(ev.method.name, &c->name))
		return 0;
	depth = depths.lookup_or_try_init(&thread, &none);
	if (depth && is_return && *depth)
		--*depth;
	ev.depth = depth ? *depth : 0;
	if (depth && !is_return)
		++*depth;
	ev.time = bpf_ktime_get_ns();
	ev.pid = thread >> 32;
	ev.tid = thread;
	ev.cpu = bpf_get_smp_processor_id();
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}

static inline int enter(struct pt_regs *ctx, struct names *n)
{
	return trace(ctx, n, 0);
}

static inline int leave(struct pt_regs *ctx, struct names *n)
{
	return trace(ctx, n, 1);
}
`

// prefixSize is the program's PREFIX_SIZE.
const prefixSize = 64

// prefix is the program's struct prefix.
type prefix struct{ Text, Mask [prefixSize]byte }

// config is the program's struct config.
type config struct {
	On          uint32
	Class, Name prefix
}

// event is the program's struct event.
type event struct {
	Time, Depth   uint64
	PID, TID      uint32
	CPU, IsReturn uint32
	Method        runtimes.MethodName
}

// options are the flags.
type options struct {
	choice        *runtimes.Choice
	method, class string
}

func main() { toolkit.Main(tool(os.Args[0])) }

// calling are the languages with probes of methods.
func calling() []string {
	return runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Methods != nil })
}

func tool(argv0 string) *toolkit.Tool {
	o := &options{choice: runtimes.NewChoice("uflow", argv0, calling())}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "show the calls and returns of methods in high-level languages",
		Description: "Prints a line for each call of a method, or function, of the process PID, and for\n" +
			"each return, indented by how deep the calls are.",
		Examples: []string{
			o.choice.Tool + " 185                     # all methods",
			o.choice.Tool + " -M indexOf 185          # methods whose names begin so",
			o.choice.Tool + " -C java/lang/Thread 185 # methods of classes whose names begin so",
		},
		MaxArgs: 1, ArgsUsage: "PID",
		Flags: append(o.choice.Flags(),
			&cli.StringFlag{Name: "method", Aliases: []string{"M"}, Usage: "only methods whose names begin with `PREFIX`", Destination: &o.method},
			&cli.StringFlag{Name: "class", Aliases: []string{"C"}, Usage: "only methods of classes, or files, whose names begin with `PREFIX`", Destination: &o.class},
		),
		Run: o.run,
	}
}

// settings are what the program is to do.
func (o *options) settings() (config, error) {
	if len(o.method) > prefixSize || len(o.class) > prefixSize {
		return config{}, fmt.Errorf("--method, --class: want at most %d bytes", prefixSize)
	}
	return config{On: 1, Class: newPrefix(o.class), Name: newPrefix(o.method)}, nil
}

func newPrefix(text string) (p prefix) {
	for i := range copy(p.Text[:], text) {
		p.Mask[i] = 0xff
	}
	return p
}

// find finds the runtime of the process and enables its probes. text is the program
// for them.
func (o *options) find(args []string) (process *runtimes.Process, text string, err error) {
	if err := o.choice.Check(); err != nil {
		return nil, "", err
	}
	pid, err := runtimes.PIDArg(args)
	if err != nil {
		return nil, "", err
	}
	if process, err = runtimes.Find(pid, o.choice.Language, calling()); err != nil {
		return nil, "", err
	}
	text = toolkit.MissedC + runtimes.TextC + runtimes.MethodC + program
	for i, m := range process.Runtime.Methods {
		enter, leave := fmt.Sprintf("on_call_%d", i), fmt.Sprintf("on_return_%d", i)
		text += m.Handler(enter, "enter") + m.Handler(leave, "leave")
		err = errors.Join(err, process.Enable(m.Entry, enter), process.Enable(m.Return, leave))
	}
	if err != nil {
		return nil, "", errors.Join(err, process.USDT.Close())
	}
	return process, text, nil
}

// pages is the size of the buffer, of each processor: methods are called often.
const pages = 2048

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	process, text, err := o.find(s.Args)
	if err != nil {
		return err
	}
	defer process.USDT.Close()
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	if why := process.Silence(runtimes.Calls); why != "" {
		s.Warnf("%s", why)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{USDT: []*bccgo.USDT{process.USDT}})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time", Pages: pages})
	p := &printer{s: s, start: bccgo.MonotonicTime()}
	if err := toolkit.Configure(m, settings); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		s.Warnf("tracing calls of process %d (language: %s) until Ctrl-C", process.PID, process.Runtime.Language)
	}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	p.remark(process.Runtime)
	return s.Losses.Finish(m)
}
