// Biolatency prints how long disks take for their requests, as histograms.
package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "biolatency",
		Usage: "show the latency of disk requests as a histogram",
		Description: "Prints a histogram of the time that disks took for requests, at the end or every\n" +
			"interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"biolatency -D            # a histogram for each disk, at the end",
			"biolatency -mT 1 10      # in milliseconds, every second, ten times",
			"biolatency -QF -d sda    # of one disk, by flags, with the time in queues",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "queued", Aliases: []string{"Q"}, Usage: "add the time that requests wait in the kernel's queues", Destination: &o.queued},
		&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of microseconds", Destination: &o.milliseconds},
		&cli.BoolFlag{Name: "disks", Aliases: []string{"D"}, Usage: "print a histogram for each disk", Destination: &o.disks},
		&cli.BoolFlag{Name: "flags", Aliases: []string{"F"}, Usage: "print a histogram for each operation and set of flags", Destination: &o.byFlags},
		&cli.BoolFlag{Name: "extension", Aliases: []string{"e"}, Usage: "print the average, the total and the count as well", Destination: &o.extension},
		&cli.BoolFlag{Name: "json", Aliases: []string{"j"}, Usage: "print one JSON object a line", Destination: &o.json},
		blockio.DiskFlag(&o.disk),
	}
	return append(append(o.report.Flags(), own...), o.follow.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) (err error) {
	s.JSON = o.json
	s.Losses.What = "requests"
	plan, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + blockio.TypesC + program + blockio.FollowC
	if s.EBPF {
		return s.PrintC(text, plan.Defines)
	}
	if err := o.report.Prepare("Time taken by disk requests", s.Args); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.report.Close()) }()
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: plan.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := newCounter(m)
	if err != nil {
		return err
	}
	if err := plan.Attach(s, m); err != nil {
		return err
	}
	p := &printer{options: o, disks: blockio.NewDisks("/"), letters: !plan.ByRequest()}
	o.report.Print = p.print
	if !s.JSON {
		s.Warnf("timing disk requests until Ctrl-C")
	}
	s.Notef("tracing")
	err = o.report.Run(ctx, s, func() (*hist.Histograms, error) { return p.next(counter) })
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
