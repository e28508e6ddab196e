// Offwaketime shows where threads waited and who woke them from where, and for how
// long they waited.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/offcpu"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

var layout = stacktool.Layout{Text: text, Folded: folded, Record: stacktool.WaitedRecord}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &offcpu.Options{}
	return &toolkit.Tool{
		Name:  "offwaketime",
		Usage: "show where threads waited, who woke them, and how long that took",
		Description: "Adds up the microseconds that threads were off their processors by where they\n" +
			"waited and by who ended that, from where. Prints the sums at the end, the\n" +
			"largest last. A thread that could have run on had no waker.",
		MaxArgs: 1, ArgsUsage: "[duration]", DurationName: "D",
		Examples: []string{
			"offwaketime 5                # for 5 seconds",
			"offwaketime -p 185,186       # of two processes",
			"offwaketime -m 1000 -K       # waits of a millisecond and more, stacks of the kernel",
			"offwaketime -u --flamegraph out.svg 30  # a picture for a browser",
		},
		Flags: flags(o),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			return o.Run(ctx, s, offcpu.Kind{Wakers: true, Title: "offwaketime", By: o.View.String() + " of them and their wakers", Layout: layout})
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
