// Stackcount counts calls of functions, tracepoints and static probes by the stacks
// that led there.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags and the argument.
type options struct {
	pid, cpu                       int
	timestamp, regexp, debug       bool
	offset, byProcess, delimited   bool
	kernelOnly, userOnly, isFolded bool
	seconds, pattern               string
	interval                       time.Duration
	files                          stacks.Files
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "stackcount",
		Usage: "count calls of functions, tracepoints and static probes by their stacks",
		Description: "Prints the stacks that led to what the pattern matches, with how often, at the\n" +
			"end or every interval; with -v also addresses. The pattern is FUNCTION for the\n" +
			"kernel's functions, LIBRARY:FUNCTION for those of a library or program,\n" +
			"t:CATEGORY:EVENT for tracepoints or u:LIBRARY:PROBE for static probes; a *\n" +
			"stands for any characters.",
		MaxArgs: 1, ArgsUsage: "pattern", DurationName: "D",
		Examples: []string{
			"stackcount submit_bio                 # a function of the kernel",
			"stackcount -p 185 -D 10 c:malloc      # of the C library, of one process, for 10 seconds",
			"stackcount -P t:sched:sched_switch    # a tracepoint, by process",
			"stackcount --flamegraph out.svg 'tcp_send*'  # a picture for a browser",
		},
		Flags: append(o.flags(), o.files.Flags()...),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		&cli.IntFlag{Name: "cpu", Aliases: []string{"c"}, Value: -1, Usage: "only calls on processor `CPU`", Destination: &o.cpu, DefaultText: "all"},
		&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", Destination: &o.seconds, DefaultText: "at the end"},
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the time of day above each output", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "regexp", Aliases: []string{"r"}, Usage: "the pattern is a regular expression", Destination: &o.regexp},
		&cli.BoolFlag{Name: "offset", Aliases: []string{"s"}, Usage: "print how many bytes into the function each place is", Destination: &o.offset},
		&cli.BoolFlag{Name: "perpid", Aliases: []string{"P"}, Usage: "print the stacks of each process by themselves", Destination: &o.byProcess},
		&cli.BoolFlag{Name: "kernel-stacks-only", Aliases: []string{"K"}, Usage: "only stacks of the kernel", Destination: &o.kernelOnly},
		&cli.BoolFlag{Name: "user-stacks-only", Aliases: []string{"U"}, Usage: "only stacks of user space", Destination: &o.userOnly},
		&cli.BoolFlag{Name: "delimited", Aliases: []string{"d"}, Usage: "print a mark between the stacks of the kernel and of user space", Destination: &o.delimited},
		&cli.BoolFlag{Name: "folded", Aliases: []string{"f"}, Usage: "print stacks as flame graphs take them", Destination: &o.isFolded},
		&cli.BoolFlag{Name: "debug", Usage: "print the C text on standard error before the start", Destination: &o.debug},
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	spec, places, err := o.places(s)
	if err != nil {
		return err
	}
	text, load := o.program(spec, places)
	if s.EBPF {
		return s.PrintC(text, load.Defines)
	}
	if o.debug {
		fmt.Fprint(s.Stderr(), text)
	}
	if err := o.files.Open(); err != nil {
		return err
	}
	defer o.files.Close()
	m, err := bccgo.LoadContext(ctx, text, load)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := newCounter(m)
	if err != nil {
		return err
	}
	return errors.Join(o.count(ctx, s, m, places, counter), o.files.Close())
}

// count counts until the end and prints.
func (o *options) count(ctx context.Context, s *toolkit.Session, m *bccgo.Module, places *probespec.Places, c *counter) error {
	attached, err := places.Attach(m)
	if err != nil {
		return err
	}
	attached.Note(s)
	begin := time.Now()
	if err := toolkit.Configure(m, config{On: 1, PID: toolkit.KernelPID(o.pid), CPU: int32(o.cpu)}); err != nil {
		return err
	}
	if !s.JSON && !o.isFolded {
		s.Warnf("counting stacks of %d %s for %q until Ctrl-C", attached.Len(), places.What(), o.pattern)
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s}
	err = s.Every(ctx, o.interval, func(now time.Time, last bool) error { return p.report(c, now, last) })
	if err != nil {
		return err
	}
	if err := o.picture(c, begin); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// picture writes the files that were asked for.
func (o *options) picture(c *counter, begin time.Time) error {
	if !o.files.Wanted() {
		return nil
	}
	all, err := c.samples(c.all())
	if err != nil {
		return err
	}
	return o.files.Write(&stacks.Run{Title: "stackcount " + o.pattern, Unit: "events", Begin: begin, Took: time.Since(begin), Samples: all})
}
