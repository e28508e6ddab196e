// Wakeuptime shows who wakes sleeping threads, and how long those slept until then.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/offcpu"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

var layout = stacktool.Layout{Text: text, Folded: folded, Record: stacktool.WaitedRecord}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &offcpu.Options{View: stacktool.View{Form: stacks.Form{Address: true}}}
	return &toolkit.Tool{
		Name:  "wakeuptime",
		Usage: "show who wakes sleeping threads, and how long those slept",
		Description: "Adds up the microseconds that threads slept until they were woken, by the\n" +
			"stack in the kernel of who woke them, and by the names of both. Prints the sums\n" +
			"at the end, the largest last.",
		MaxArgs: 1, ArgsUsage: "[duration]",
		Examples: []string{
			"wakeuptime 5              # for 5 seconds",
			"wakeuptime -p 185         # who wakes the threads of one process",
			"wakeuptime -u -m 1000     # no threads of the kernel's own, sleeps of a millisecond and more",
			"wakeuptime --flamegraph out.svg 30  # a picture for a browser",
		},
		Flags: flags(o),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			return o.Run(ctx, s, offcpu.Kind{OnlyWakeups: true, Title: "wakeuptime", By: "kernel stacks of their wakers", Layout: layout})
		},
	}
}

func flags(o *offcpu.Options) []cli.Flag {
	all := []cli.Flag{o.PIDFlag(), o.UserFlag("useronly")}
	all = append(all, o.View.Flags()...)
	return append(all, o.LimitFlags()...)
}

// text reads from the thread that slept to the one that woke it.
func text(v *stacktool.View, s *stacks.Sample) string {
	return stacktool.Label("target:", s.Comm) + v.Lines(s.Waker.Kernel) + stacktool.Label("waker:", s.Waker.Comm)
}

// folded has the thread that slept on top of the stack that woke it.
func folded(v *stacktool.View, s *stacks.Sample) string {
	return stacktool.Chain(s.Count, []string{s.Waker.Comm}, v.Form.Names(stacktool.Inwards(s.Waker.Kernel)), []string{s.Comm})
}
