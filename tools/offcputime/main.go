// Offcputime shows where threads waited, and for how long.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/offcpu"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

var layout = stacktool.Layout{Text: stacktool.ThreadText, Folded: stacktool.ThreadFolded, Record: stacktool.WaitedRecord}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &offcpu.Options{}
	return &toolkit.Tool{
		Name:  "offcputime",
		Usage: "show where threads waited, and for how long",
		Description: "Adds up, by stacks, the microseconds that threads were off their processors:\n" +
			"asleep, or ready to run while others did. Prints the sums at the end, the\n" +
			"largest last. Waits that have not ended by then are not among them.",
		MaxArgs: 1, ArgsUsage: "[duration]", DurationName: "D",
		Examples: []string{
			"offcputime 5                 # for 5 seconds",
			"offcputime -p 185 -m 1000    # of one process, waits of a millisecond and more",
			"offcputime --state 2         # only those that a signal does not end",
			"offcputime -u --flamegraph out.svg 30  # a picture for a browser",
		},
		Flags: flags(o),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			return o.Run(ctx, s, offcpu.Kind{Title: "offcputime", By: o.View.String(), Layout: layout})
		},
	}
}

func flags(o *offcpu.Options) []cli.Flag {
	all := []cli.Flag{o.PIDFlag(), o.TIDFlag("t"), o.UserFlag("user-threads-only"), o.KernelFlag()}
	all = append(all, o.ChoiceFlags()...)
	all = append(all, o.OffsetFlag())
	all = append(all, o.View.Flags()...)
	all = append(all, o.LimitFlags()...)
	return append(all, o.StateFlag())
}
