// Funccount counts calls of functions, tracepoints and static probes.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/callcount"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags and the argument.
type options struct {
	pid, cpu                 int
	timestamp, regexp, debug bool
	seconds, pattern         string
	interval                 time.Duration
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "funccount",
		Usage: "count calls of functions, tracepoints and static probes",
		Description: "Prints how often each function was called that the pattern matches, at the end\n" +
			"or every interval. The pattern is FUNCTION for the kernel's functions,\n" +
			"LIBRARY:FUNCTION for those of a library or program, t:CATEGORY:EVENT for\n" +
			"tracepoints or u:LIBRARY:PROBE for static probes; a * stands for any characters.",
		MaxArgs: 1, ArgsUsage: "pattern",
		Examples: []string{
			"funccount 'vfs_*'              # functions of the kernel",
			"funccount -Ti 5 -p 185 c:'str*' # of the C library, of one process, every 5 seconds",
			"funccount -d 10 't:sched:*'    # tracepoints, for 10 seconds",
			"funccount -p 185 'u:jvm:gc*'   # static probes of Java",
		},
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
			&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", Destination: &o.seconds, DefaultText: "at the end"},
			&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the time of day above each output", Destination: &o.timestamp},
			&cli.BoolFlag{Name: "regexp", Aliases: []string{"r"}, Usage: "the pattern is a regular expression", Destination: &o.regexp},
			&cli.BoolFlag{Name: "debug", Aliases: []string{"D"}, Usage: "print the C text on standard error before the start", Destination: &o.debug},
			&cli.IntFlag{Name: "cpu", Aliases: []string{"c"}, Value: -1, Usage: "only calls on processor `CPU`", Destination: &o.cpu, DefaultText: "all"},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	places, err := o.places(s)
	if err != nil {
		return err
	}
	text, load := callcount.Text(places)
	if s.EBPF {
		return s.PrintC(text, load.Defines)
	}
	if o.debug {
		fmt.Fprint(s.Stderr(), text)
	}
	m, err := bccgo.LoadContext(ctx, text, load)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := callcount.New(m, places)
	if err != nil {
		return err
	}
	attached, err := places.Attach(m)
	if err != nil {
		return err
	}
	attached.Note(s)
	if err := callcount.Start(m, callcount.Config{PID: toolkit.KernelPID(o.pid), CPU: int32(o.cpu)}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("counting %d %s for %q until Ctrl-C", attached.Len(), places.What(), o.pattern)
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s}
	if err := s.Every(ctx, o.interval, func(now time.Time, last bool) error { return p.report(counter, now, last) }); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// places reads the arguments.
func (o *options) places(s *toolkit.Session) (*probespec.Places, error) {
	if len(s.Args) == 0 {
		return nil, fmt.Errorf("no pattern: name what to count, such as 'c:mem*'; see funccount --help")
	}
	o.pattern = s.Args[0]
	var err error
	if o.interval, err = toolkit.Seconds("--interval", o.seconds); err != nil {
		return nil, err
	}
	if err := toolkit.CheckCPU(o.cpu); err != nil {
		return nil, err
	}
	spec, err := probespec.Syntax{Kinds: "ptu", Regexp: o.regexp}.Parse(o.pattern)
	if err != nil {
		return nil, err
	}
	return spec.Find(o.pid)
}
