// Funcslower prints calls of functions that take long.
package main

import (
	"context"
	"math"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/follow"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	pid, arguments         int
	ms, us                 string
	time, timestamp        bool
	folded                 bool
	userStack, kernelStack bool
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "funcslower",
		Usage: "show calls of functions that take long",
		Description: "Prints a line for each call that takes longer than a limit, when it returns: by\n" +
			"default a millisecond. A function is FUNCTION for one of the kernel's or\n" +
			"LIBRARY:FUNCTION for one of a library or program; a * stands for any characters.",
		MaxArgs: math.MaxInt, ArgsUsage: "function [function ...]",
		Examples: []string{
			"funcslower vfs_write               # of the kernel, slower than 1 ms",
			"funcslower -u 10 -p 135 c:open     # of the C library, of one process, slower than 10 us",
			"funcslower -a 2 -m 10 c:read c:write  # two functions with two arguments each",
			"funcslower -UK -m 10 vfs_fsync     # with the stacks of user space and the kernel",
		},
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
			&cli.StringFlag{Name: "min-ms", Aliases: []string{"m"}, Usage: "only calls that take at least `MS` milliseconds", Destination: &o.ms, DefaultText: "1"},
			&cli.StringFlag{Name: "min-us", Aliases: []string{"u"}, Usage: "only calls that take at least `US` microseconds", Destination: &o.us},
			&cli.IntFlag{Name: "arguments", Aliases: []string{"a"}, Usage: "print the first `N` arguments, up to 6", Destination: &o.arguments},
			&cli.BoolFlag{Name: "time", Aliases: []string{"T"}, Usage: "print the time of day of the return", Destination: &o.time},
			&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first call", Destination: &o.timestamp},
			&cli.BoolFlag{Name: "folded", Aliases: []string{"f"}, Usage: "print stacks as flame graphs take them", Destination: &o.folded},
			&cli.BoolFlag{Name: "user-stack", Aliases: []string{"U"}, Usage: "print the stack of user space", Destination: &o.userStack},
			&cli.BoolFlag{Name: "kernel-stack", Aliases: []string{"K"}, Usage: "print the stack of the kernel, for its functions", Destination: &o.kernelStack},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	least, err := o.check(s.Args)
	if err != nil {
		return err
	}
	f, err := findFunctions(s.Args, o.pid)
	if err != nil {
		return err
	}
	text, defines := o.text(f), o.defines()
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	load := f.set.Options()
	load.Defines = defines
	m, err := bccgo.LoadContext(ctx, text, load)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	p, err := o.printer(s, m, f)
	if err != nil {
		return err
	}
	c := config{Since: math.MaxUint64, Least: uint64(least), PID: toolkit.KernelPID(o.pid)}
	if err := f.attach(s, m, c); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// text is all of the C text.
func (o *options) text(f *functions) string {
	stacks := ""
	if o.userStack || o.kernelStack {
		stacks = toolkit.StacksC
	}
	user, kernel := f.kinds()
	return toolkit.MissedC + stacks + program + follow.Text(user, kernel) + f.text()
}

// defines are the macros of the text.
func (o *options) defines() map[string]string {
	d := map[string]string{"LEVELS": levels}
	for name, on := range map[string]bool{"ARGUMENTS": o.arguments > 0, "USER_STACKS": o.userStack, "KERNEL_STACKS": o.kernelStack} {
		if on {
			d[name] = "1"
		}
	}
	return d
}
