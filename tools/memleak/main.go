// Memleak prints the stacks that allocated memory which was not freed.
package main

import (
	"context"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// config is the program's struct config.
type config struct {
	On       uint32
	PID      uint32
	Execs    uint32
	Sample   uint32
	Min, Max uint64
	Combined uint32
	Trace    uint32
	Hold     uint32
	Unused   uint32
}

// options are the flags.
type options struct {
	pid                           int
	command                       string
	trace, showAllocs             bool
	older                         int
	combined, missingFree, percpu bool
	sample, top                   int
	min, max                      int64
	obj, prefix, sort             string
	folded                        bool

	interval time.Duration
	reports  int
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "memleak",
		Usage: "show memory that was allocated and not freed",
		Description: "Prints the stacks that allocated memory which is still there: of one process\n" +
			"(-p), of a command (-c) until its end, or of the kernel.",
		Examples: []string{
			"memleak -p 1234             # a process, every five seconds",
			"memleak -c './program -x'   # a command; what it has not freed at its end comes last",
			"memleak -a -p 1234 10 3     # with addresses, every ten seconds, three times",
			"memleak -o 60000            # the kernel: what is older than a minute",
			"memleak -s 5 -p 1234        # about each fifth allocation, which costs less",
		},
		MaxArgs: 2, ArgsUsage: "[interval] [count]",
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Value: -1, Usage: "trace process `PID`", Destination: &o.pid, DefaultText: "the kernel"},
		&cli.StringFlag{Name: "command", Aliases: []string{"c"}, Usage: "run `COMMAND` and trace it", Destination: &o.command},
		&cli.BoolFlag{Name: "trace", Aliases: []string{"t"}, Usage: "print a line for each call in place of reports", Destination: &o.trace},
		&cli.BoolFlag{Name: "show-allocs", Aliases: []string{"a"}, Usage: "print each allocation's address and size, too", Destination: &o.showAllocs},
		&cli.IntFlag{Name: "older", Aliases: []string{"o"}, Value: 500, Usage: "only allocations older than `MS` milliseconds", Destination: &o.older},
		&cli.BoolFlag{Name: "combined-only", Usage: "read sums by stack alone, which is faster: of any age, without addresses", Destination: &o.combined},
		&cli.BoolFlag{Name: "wa-missing-free", Usage: "take memory that is given out again for freed; this is always done", Destination: &o.missingFree},
		&cli.IntFlag{Name: "sample-rate", Aliases: []string{"s"}, Value: 1, Usage: "about every `N`th allocation", Destination: &o.sample},
		&cli.IntFlag{Name: "top", Aliases: []string{"T"}, Value: 10, Usage: "the `N` largest stacks", Destination: &o.top},
		&cli.Int64Flag{Name: "min-size", Aliases: []string{"z"}, Usage: "only allocations of at least `BYTES`", Destination: &o.min},
		&cli.Int64Flag{Name: "max-size", Aliases: []string{"Z"}, Value: math.MaxInt64, Usage: "only allocations of at most `BYTES`", Destination: &o.max, DefaultText: "any"},
		&cli.StringFlag{Name: "obj", Aliases: []string{"O"}, Usage: "the functions of this `FILE`, a library or program", Destination: &o.obj, DefaultText: "the C library"},
		&cli.BoolFlag{Name: "percpu", Usage: "the kernel's per-processor allocations", Destination: &o.percpu},
		&cli.StringFlag{Name: "sort", Value: "size", Usage: "order stacks by `KEY`: size or count", Destination: &o.sort},
		&cli.StringFlag{Name: "symbols-prefix", Usage: "what the functions' names begin with, such as je_", Destination: &o.prefix},
		&cli.BoolFlag{Name: "folded", Aliases: []string{"f"}, Usage: "print stacks as flame graphs take them, with their bytes", Destination: &o.folded},
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "allocations"
	if err := o.check(s.Args); err != nil {
		return err
	}
	if o.kernel() {
		return o.runKernel(ctx, s)
	}
	return o.runUser(ctx, s)
}

// kernel tells whether no process is to be traced.
func (o *options) kernel() bool { return o.pid == -1 && o.command == "" }

// config is what the flags mean to the program.
func (o *options) config() config {
	c := config{On: 1, Sample: uint32(o.sample), Min: uint64(o.min), Max: uint64(o.max), Combined: number(o.combined), Trace: number(o.trace)}
	if o.max == math.MaxInt64 {
		c.Max = math.MaxUint64 // those that must fail, too
	}
	return c
}

func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
