// Funclatency prints how long functions take, as histograms.
package main

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// config is the program's struct config.
type config struct {
	Since       uint64
	PID, Unused uint32
}

// options are the flags and the argument.
type options struct {
	pid, level                     int
	timestamp, regexp, byFunction  bool
	inMicroseconds, inMilliseconds bool
	seconds, pattern               string
	interval                       time.Duration
	pictures                       hist.Pictures
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "funclatency",
		Usage: "show how long functions take as a histogram",
		Description: "Prints a histogram of the times that calls took of the functions that the pattern\n" +
			"matches, at the end or every interval. The pattern is FUNCTION for the kernel's\n" +
			"functions or LIBRARY:FUNCTION for those of a library or program; a * stands for\n" +
			"any characters.",
		MaxArgs: 1, ArgsUsage: "pattern",
		Examples: []string{
			"funclatency vfs_read               # of the kernel, in nanoseconds",
			"funclatency -mTi 5 -p 181 c:read   # of the C library, of one process, every 5 seconds",
			"funclatency -uF 'vfs_r*'           # a histogram for each function, in microseconds",
		},
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
			&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", Destination: &o.seconds, DefaultText: "at the end"},
			&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the time of day above each output", Destination: &o.timestamp},
			&cli.BoolFlag{Name: "microseconds", Aliases: []string{"u"}, Usage: "show microseconds in place of nanoseconds", Destination: &o.inMicroseconds},
			&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of nanoseconds", Destination: &o.inMilliseconds},
			&cli.BoolFlag{Name: "function", Aliases: []string{"F"}, Usage: "print a histogram for each function", Destination: &o.byFunction},
			&cli.BoolFlag{Name: "regexp", Aliases: []string{"r"}, Usage: "the pattern is a regular expression", Destination: &o.regexp},
			&cli.IntFlag{Name: "level", Aliases: []string{"l"}, Value: 16, Usage: "follow `LEVELS` calls within each other, of the kernel's functions", Destination: &o.level},
		}, o.pictures.PictureFlags()...),
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) (err error) {
	places, err := o.places(s)
	if err != nil {
		return err
	}
	text, load := o.program(places)
	if s.EBPF {
		return s.PrintC(text, load.Defines)
	}
	m, err := bccgo.LoadContext(ctx, text, load)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := newCounter(m, places)
	if err != nil {
		return err
	}
	if err := o.pictures.Open("Time taken by " + o.pattern); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.pictures.Close()) }()
	if err := o.attach(s, m, places); err != nil {
		return err
	}
	s.Notef("tracing")
	o.pictures.Begin()
	p := &printer{options: o, s: s}
	err = s.Every(ctx, o.interval, func(now time.Time, last bool) error {
		if last { // nothing is counted while the last sums are read
			if err := toolkit.Configure(m, config{Since: math.MaxUint64}); err != nil {
				return err
			}
		}
		return p.report(counter, now, last)
	})
	if err != nil {
		return err
	}
	return errors.Join(o.pictures.Write(), s.Losses.Finish(m))
}

// attach begins to follow calls, and to count them when all functions are probed.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module, places *probespec.Places) error {
	c := config{Since: math.MaxUint64, PID: toolkit.KernelPID(o.pid)}
	if err := toolkit.Configure(m, c); err != nil {
		return err
	}
	attached, err := places.Attach(m)
	if err != nil {
		return err
	}
	attached.Note(s)
	returns, err := places.AttachReturns(m)
	if err != nil {
		return err
	}
	c.Since = bccgo.MonotonicTime()
	if err := toolkit.Configure(m, c); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("timing %d %s for %q until Ctrl-C", returns.Len(), places.What(), o.pattern)
	}
	return nil
}
