// Argdist counts values: of the arguments and results of functions, and of the
// fields of tracepoints and static probes.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const programC = `
struct config {
	u32 on;		/* after all probes are attached */
	u32 pid;
	u32 tid;
	u32 period;	/* counts of one are read when the next has begun */
};

BPF_ARRAY(settings, struct config, 1);

static inline struct config *wanted(void)
{
	int first = 0;
	u64 id = bpf_get_current_pid_tgid();
	struct config *c = settings.lookup(&first);

	if (!c || !c->on)
		return NULL;
	if (c->pid && c->pid != id >> 32)
		return NULL;
	if (c->tid && c->tid != (u32)id)
		return NULL;
	return c;
}
`

// config is the program's struct config.
type config struct{ On, PID, TID, Period uint32 }

// options are the flags.
type options struct {
	pid, tid, stringSize, number, top int
	seconds                           string
	interval                          time.Duration
	cumulative                        bool
	counts, histograms, headers       list
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "argdist",
		Usage: "count values of arguments, results and fields, or show them as histograms",
		Description: "Prints every interval how often each value was seen (-C) or a histogram (-H).\n" +
			"A specifier is\n\n" +
			"   {p|r|t|u}:[LIBRARY]:FUNCTION(PARAMETERS)[:TYPE,...:EXPRESSION,...[:FILTER]][#LABEL]\n\n" +
			"p is for a function's entry, r for its return, t:CATEGORY:EVENT() for a tracepoint,\n" +
			"u:LIBRARY:PROBE() for a static probe. Expressions are in C: of parameters by their\n" +
			"names, at a return $retval, $entry(PARAMETER) and $latency (ns), of a tracepoint\n" +
			"args->FIELD, of a static probe arg1, arg2 and so on; $PID and $COMM of the process,\n" +
			"and STRCMP(\"TEXT\", STRING). Values of the type char* are strings.",
		Examples: []string{
			"argdist -H 'r:c:read()'                                # sizes that read returned",
			"argdist -p 185 -C 'p:c:write(int fd):int:fd' -T 5      # the five busiest files",
			"argdist -C 't:irq:irq_handler_entry():int:args->irq'   # interrupts",
			"argdist -H 'r::vfs_read():u64:$latency:$latency>1000000#slow reads (ns)'",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		&cli.IntFlag{Name: "tid", Aliases: []string{"t"}, Usage: "only thread `TID`", Destination: &o.tid, DefaultText: "all"},
		&cli.IntFlag{Name: "string-size", Aliases: []string{"z"}, Value: 80, Usage: "read `BYTES` of a string at most", Destination: &o.stringSize},
		&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Value: "1", Usage: "print every `SECONDS`", Destination: &o.seconds},
		&cli.IntFlag{Name: "number", Aliases: []string{"n"}, Value: notGiven, Usage: "end after `COUNT` outputs", Destination: &o.number, DefaultText: "no end"},
		&cli.BoolFlag{Name: "cumulative", Aliases: []string{"c"}, Usage: "count from the start, not from the last output", Destination: &o.cumulative},
		&cli.IntFlag{Name: "top", Aliases: []string{"T"}, Value: notGiven, Usage: "of counts, print the `COUNT` highest", Destination: &o.top, DefaultText: "all"},
		&cli.GenericFlag{Name: "histogram", Aliases: []string{"H"}, Usage: "show a histogram of what the `SPECIFIER` says; may be repeated", Value: &o.histograms},
		&cli.GenericFlag{Name: "count", Aliases: []string{"C"}, Usage: "count values of what the `SPECIFIER` says; may be repeated", Value: &o.counts},
		&cli.GenericFlag{Name: "include", Aliases: []string{"I"}, Usage: "include a kernel `HEADER`, or a file if it begins with . or /; may be repeated", Value: &o.headers},
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	probes, err := o.probes()
	if err != nil {
		return err
	}
	var set probespec.Set
	w, err := o.write(probes, func(s *probespec.Spec) (*probespec.Places, error) { return set.Find(s, o.pid) })
	if err != nil {
		return err
	}
	load := o.load(&set)
	if s.EBPF {
		return s.PrintC(w.String(), load.Defines)
	}
	if s.Verbose {
		s.Notef("the program is\n%s", w)
	}
	m, err := bccgo.LoadContext(ctx, w.String(), load)
	if err != nil {
		return w.explain(err)
	}
	defer m.Close()
	for _, p := range probes {
		if err := p.attach(s, m); err != nil {
			return err
		}
	}
	c := &counter{options: o, m: m, config: config{On: 1, PID: toolkit.KernelPID(o.pid), TID: uint32(o.tid)}}
	if err := toolkit.Configure(m, c.config); err != nil {
		return err
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s, probes: probes}
	err = s.Every(ctx, o.interval, func(now time.Time, last bool) error { return p.report(c, now, last) })
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return s.Losses.Finish(m)
}
