// Uobjnew counts the objects that a program in a high-level language makes, by
// their types, or the blocks of memory that a program in C does.
package main

import (
	"context"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct config {
	u32 on;
};

/* What kind of probe told, and the type, or the size of a block of memory. */
struct type {
	u32 kind;
	u32 flags;	/* of the name */
	u64 size;
	char name[112];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(totals, struct type, struct total);

static inline int add(struct type *type, u64 size)
{
	struct total zero = {}, *t;
	struct config *c;
	int first = 0;

	c = settings.lookup(&first);
	if (!c || !c->on)
		return 0;
	t = totals.lookup_or_try_init(type, &zero);
	if (!t) {
		miss(MISSED_CALLS);
		return 0;
	}
	lock_xadd(&t->count, 1);
	lock_xadd(&t->sum, size);
	return 0;
}

static inline int made(struct pt_regs *ctx, u32 kind, struct object *o)
{
	struct type t = {.kind = kind};

	t.flags = read_text(t.name, sizeof(t.name), o->type, o->type_size);
	return add(&t, o->size);
}
`

const mallocC = `
int enter_malloc(struct pt_regs *ctx)
{
	struct type t = {.size = PT_REGS_PARM1(ctx)};

	return add(&t, t.size);
}
`

// config is the program's struct config.
type config struct{ On uint32 }

// objectType is the program's struct type.
type objectType struct {
	Kind, Flags uint32
	Size        uint64
	Name        [112]byte
}

// cOnly is the language of programs that take their memory by malloc, which is
// what is found where no runtime is.
const cOnly = "c"

// options are the flags and arguments.
type options struct {
	choice            *runtimes.Choice
	topCount, topSize int
	pid               int
	interval          time.Duration
}

func main() { toolkit.Main(tool(os.Args[0])) }

// making are the languages with probes of objects.
func making() []string {
	return runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Objects != nil })
}

func tool(argv0 string) *toolkit.Tool {
	o := &options{choice: runtimes.NewChoice("uobjnew", argv0, append([]string{cOnly}, making()...))}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "count new objects by their types",
		Description: "Counts the objects that the process PID makes, and their bytes, by type, or the\n" +
			"blocks of malloc by size, and prints the counts at the end or every interval (in\n" +
			"seconds).",
		Examples: []string{
			o.choice.Tool + " 145          # objects, until Ctrl-C",
			o.choice.Tool + " 2020 1       # every second",
			o.choice.Tool + " -C 10 6712   # the ten types that were made most often",
			o.choice.Tool + " -S 10 6712   # those that took most memory",
		},
		MaxArgs: 2, ArgsUsage: "PID [interval]",
		Flags: append(o.choice.Flags(),
			&cli.IntFlag{Name: "top-count", Aliases: []string{"C"}, Usage: "print only the `N` types that were made most often", Destination: &o.topCount, DefaultText: "all"},
			&cli.IntFlag{Name: "top-size", Aliases: []string{"S"}, Usage: "print only the `N` types that took most memory", Destination: &o.topSize, DefaultText: "all"},
		),
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "objects"
	if err := o.parse(s.Args); err != nil {
		return err
	}
	plan, err := o.prepare()
	if err != nil {
		return err
	}
	defer plan.close()
	if s.EBPF {
		return s.PrintC(plan.text, nil)
	}
	plan.remark(s)
	m, err := bccgo.LoadContext(ctx, plan.text, plan.load())
	if err != nil {
		return err
	}
	defer m.Close()
	if err := plan.attach(s, m); err != nil {
		return err
	}
	totals, err := runtimes.NewTotals[objectType](m, "totals")
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("counting new objects of process %d (language: %s) until Ctrl-C", o.pid, plan.language)
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s, kinds: plan.kinds()}
	if err := s.Every(ctx, o.interval, func(time.Time, bool) error { return p.report(totals) }); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
