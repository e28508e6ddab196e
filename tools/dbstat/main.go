// Dbstat prints histograms of how long the queries of MySQL and PostgreSQL
// servers take.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/queries"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	pids                cli.IntSlice
	exe                 string
	threshold, interval float64
	microseconds        bool
	pictures            hist.Pictures
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "dbstat",
		Usage: "show how long the queries of databases take, as a histogram",
		Description: "Counts the queries of MySQL or PostgreSQL servers by the time they take, and\n" +
			"prints the counts at the end, or every so many seconds.",
		Examples: []string{
			"dbstat postgres         # of all PostgreSQL servers, in milliseconds",
			"dbstat postgres -ui 1   # in microseconds, every second",
			"dbstat mysql -m 5       # only queries of at least 5 ms",
			"dbstat mysql -p 408     # of one process",
		},
		MaxArgs: queries.MaxArgs, ArgsUsage: "mysql|postgres",
		Flags: append([]cli.Flag{
			&cli.IntSliceFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`; more may follow", Destination: &o.pids},
			&cli.StringFlag{Name: "exe", Aliases: []string{"x"}, Usage: "servers that run the program at `PATH`", Destination: &o.exe},
			&cli.Float64Flag{Name: "threshold", Aliases: []string{"m"}, Usage: "only queries of at least `MS` milliseconds", Destination: &o.threshold},
			&cli.BoolFlag{Name: "microseconds", Aliases: []string{"u"}, Usage: "count in microseconds in place of milliseconds", Destination: &o.microseconds},
			&cli.Float64Flag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", DefaultText: "at the end", Destination: &o.interval},
		}, o.pictures.PictureFlags()...),
		Run: o.run,
	}
}

// unit is what the histogram counts in, in words and in nanoseconds.
func (o *options) unit() (name, ns string) {
	if o.microseconds {
		return "us", "1000"
	}
	return "ms", "1000000"
}

func (o *options) run(ctx context.Context, s *toolkit.Session) (err error) {
	c := &queries.Choice{Exe: o.exe}
	if err := c.ReadArgs(s.Args, o.pids.Value()); err != nil {
		return err
	}
	threshold, err := queries.Threshold(o.threshold)
	if err != nil {
		return err
	}
	if !(o.interval >= 0) || o.interval > math.MaxInt32 {
		return fmt.Errorf("--interval %v: want a number of 0 or above", o.interval)
	}
	src, err := c.Open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	unit, ns := o.unit()
	text, defines := src.C(queries.CountC), map[string]string{"UNIT": ns}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := src.Load(ctx, text, defines)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := newCounts(m)
	if err != nil {
		return err
	}
	if err := src.Attach(s, m, threshold); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	s.Losses.What = "queries"
	if err := o.pictures.Open("Time taken by queries"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.pictures.Close()) }()
	p := &printer{s: s, unit: unit}
	o.pictures.Begin()
	s.Notef("tracing")
	err = every(ctx, time.Duration(o.interval*float64(time.Second)), func() error {
		fresh, err := counts.next()
		if err != nil {
			return err
		}
		now := time.Now()
		o.pictures.Draw(now, &hist.Histograms{Label: unit, Sections: []bccgo.Section{{Key: "", Counts: fresh}}})
		return p.print(now, fresh)
	})
	if err != nil {
		return err
	}
	return errors.Join(o.pictures.Write(), s.Losses.Finish(m))
}
