// Syscount counts system calls, by call or by process, and how long they take.
package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "syscount",
		Usage: "count system calls",
		Description: "Prints the system calls made most often, or those that took the longest, at the end\n" +
			"or every interval.",
		Examples: []string{
			"syscount -P               # the processes that make most calls",
			"syscount -L -i 1 -p 185   # the calls of a process by their time, every second",
			"syscount -x -e ENOENT     # those that fail with an error",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		o.target.PIDFlag(),
		o.target.TIDFlag(),
		&cli.IntFlag{Name: "ppid", Aliases: []string{"c"}, Usage: "only children of process `PPID`", DefaultText: "all", Destination: &o.ppid},
		&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", DefaultText: "at the end", Destination: &o.intervalText},
		&cli.IntFlag{Name: "top", Aliases: []string{"T"}, Value: 10, Usage: "print the `N` that are most", Destination: &o.top},
		&cli.BoolFlag{Name: "failures", Aliases: []string{"x"}, Usage: "only calls that fail", Destination: &o.failures},
		&cli.StringFlag{Name: "errno", Aliases: []string{"e"}, Usage: "only calls that fail with `ERRNO`, a number or a name such as EPERM", Destination: &o.errno},
		&cli.BoolFlag{Name: "latency", Aliases: []string{"L"}, Usage: "measure the time that calls take", Destination: &o.latency},
		&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of microseconds", Destination: &o.milliseconds},
		&cli.BoolFlag{Name: "process", Aliases: []string{"P"}, Usage: "count by process", Destination: &o.process},
		&cli.BoolFlag{Name: "list", Aliases: []string{"l"}, Usage: "list the names of all calls, and end", Destination: &o.list},
		&cli.StringFlag{Name: "syscall", Usage: "only `SYSCALL`, by name", Destination: &o.syscall},
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if o.list {
		return printNames(s)
	}
	config, err := o.config()
	if err != nil {
		return err
	}
	defines, err := o.defines(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + program
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := sched.Load(ctx, s, text, defines)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := newCounter(m, o.process)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config); err != nil {
		return err
	}
	p := &printer{options: o, s: s, next: counter.next}
	p.remark()
	s.Notef("tracing")
	if err := s.Every(ctx, o.interval, p.report); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// printNames prints the names of all calls, four a line.
func printNames(s *toolkit.Session) error {
	names := callNames()
	slices.Sort(names)
	if s.JSON {
		return s.Out.JSON(names)
	}
	for line := range slices.Chunk(names, 4) {
		for i, name := range line {
			format := "%-22s   "
			if i == len(line)-1 {
				format = "%s\n"
			}
			if err := s.Out.Printf(format, name); err != nil {
				return err
			}
		}
	}
	return nil
}
