package screen

import (
	"fmt"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const (
	// defaultRows is how many rows of a table are shown unless --maxrows says.
	defaultRows = 20
	// notGiven is the value of --maxrows without the flag.
	notGiven = math.MinInt
)

// Options are the flags and arguments that such tools have.
type Options struct {
	// NoClear puts block below block on a terminal, too.
	NoClear bool
	// NoSummary leaves out the line with the time and the load.
	NoSummary bool
	// Interval is how long tables collect, Count how many times they are shown, 0
	// for no end.
	Interval time.Duration
	Count    int

	rows int
}

// Flags are --noclear and --maxrows.
func (o *Options) Flags() []cli.Flag {
	return []cli.Flag{o.ClearFlag(),
		&cli.IntFlag{Name: "maxrows", Aliases: []string{"r"}, Usage: "print at most `N` rows", Value: notGiven,
			DefaultText: "20; with --json all", Destination: &o.rows}}
}

// ClearFlag is --noclear alone, for tools that show all rows.
func (o *Options) ClearFlag() cli.Flag {
	o.rows = math.MaxInt
	return &cli.BoolFlag{Name: "noclear", Aliases: []string{"C"}, Usage: "do not clear the screen", Destination: &o.NoClear}
}

// Parse checks the flags and reads the arguments "[interval [count]]"; without,
// the interval is a second.
func (o *Options) Parse(args []string) (err error) {
	if o.rows < 1 && o.rows != notGiven {
		return fmt.Errorf("--maxrows %d: want a number above 0", o.rows)
	}
	o.Interval, o.Count, err = toolkit.IntervalCount(args)
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	return err
}

// limit returns how many of a table's rows are shown.
func (o *Options) limit(json bool) int {
	switch {
	case o.rows != notGiven:
		return o.rows
	case json:
		return math.MaxInt
	}
	return defaultRows
}
