// Ucalls counts the calls of methods of a program in a high-level language, and
// of system calls.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// none is the language of those who want system calls alone.
const none = "none"

// options are the flags and arguments.
type options struct {
	choice       *runtimes.Choice
	top          int
	latency      bool
	syscalls     bool
	milliseconds bool
	pid          int
	interval     time.Duration
}

func main() { toolkit.Main(tool(os.Args[0])) }

func tool(argv0 string) *toolkit.Tool {
	languages := append(runtimes.Languages(func(r *runtimes.Runtime) bool { return r.Methods != nil }), none)
	o := &options{choice: runtimes.NewChoice("ucalls", argv0, languages)}
	return &toolkit.Tool{
		Name:  o.choice.Tool,
		Usage: "count the calls of methods in high-level languages, and system calls",
		Description: "Counts the calls of methods, or functions, of the process PID, and prints the\n" +
			"counts at the end or every interval (in seconds).",
		Examples: []string{
			o.choice.Tool + " 185         # calls, until Ctrl-C",
			o.choice.Tool + " -LT 10 185  # and their time, of the ten that took most",
			o.choice.Tool + " -S 185 1    # with system calls, every second",
		},
		MaxArgs: 2, ArgsUsage: "PID [interval]",
		Flags: append(o.choice.Flags(),
			&cli.IntFlag{Name: "top", Aliases: []string{"T"}, Usage: "print only the `N` most frequent, or with -L slowest", Destination: &o.top, DefaultText: "all"},
			&cli.BoolFlag{Name: "latency", Aliases: []string{"L"}, Usage: "measure the time from call to return", Destination: &o.latency},
			&cli.BoolFlag{Name: "syscalls", Aliases: []string{"S"}, Usage: "count system calls, too", Destination: &o.syscalls},
			&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "print times in milliseconds in place of microseconds", Destination: &o.milliseconds},
		),
		Run: o.run,
	}
}

// parse checks the flags and reads the arguments.
func (o *options) parse(args []string) (err error) {
	if err := o.choice.Check(); err != nil {
		return err
	}
	if o.top < 0 {
		return errors.New("--top: want a number above 0")
	}
	if o.choice.Language == none && !o.syscalls {
		return errors.New("--language none: nothing is left to count without --syscalls")
	}
	if o.pid, err = runtimes.PIDArg(args); err != nil {
		return err
	}
	o.interval, err = runtimes.IntervalArg(args, 1)
	return err
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.parse(s.Args); err != nil {
		return err
	}
	plan, err := o.prepare()
	if err != nil {
		return err
	}
	defer plan.close()
	if s.EBPF {
		return s.PrintC(plan.text, plan.defines)
	}
	plan.remark(s)
	m, err := bccgo.LoadContext(ctx, plan.text, plan.load())
	if err != nil {
		return err
	}
	defer m.Close()
	c, err := newCounter(m, plan)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1, PID: plan.kernelPID}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("counting calls of process %d (language: %s) until Ctrl-C", o.pid, plan.language)
	}
	s.Notef("tracing")
	p := &printer{options: o, s: s}
	err = s.Every(ctx, o.interval, func(time.Time, bool) error { return p.report(c) })
	if err != nil {
		return err
	}
	if err := c.remark(s); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
