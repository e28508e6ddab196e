package inet

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// Since counts time from the first line that is printed.
type Since struct{ first uint64 }

// Seconds is how long after the first time it was asked about ktime is, both in a
// program's nanoseconds. It is negative for events that come late.
func (s *Since) Seconds(ktime uint64) float64 {
	if s.first == 0 {
		s.first = ktime
	}
	return float64(int64(ktime-s.first)) / 1e9
}

// Stamp is Seconds as text with three digits after the point.
func (s *Since) Stamp(ktime uint64) string { return fmt.Sprintf("%.3f", s.Seconds(ktime)) }

// Clock is the time of day of a program's time.
func Clock(ktime uint64) string { return bccgo.KtimeToTime(ktime).Local().Format("15:04:05") }

// Stamps are the columns with the time that the flags of the same names ask for.
type Stamps struct {
	clock, seconds bool
	since          Since
}

// Flags are --time (-T) and --timestamp (-t).
func (s *Stamps) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "time", Aliases: []string{"T"}, Usage: "print the time of day", Destination: &s.clock},
		s.SecondsFlag(),
	}
}

// SecondsFlag is --timestamp (-t) alone.
func (s *Stamps) SecondsFlag() cli.Flag {
	return &cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first line", Destination: &s.seconds}
}

// AddStamps adds the columns that are wanted, seconds in a field of such a width
// with so many digits after the point. ktime is a line's time, in a program's
// nanoseconds.
func AddStamps[R any](c *Columns[R], s *Stamps, width, digits int, ktime func(r *R) uint64) {
	c.Add(s.clock, "TIME", 8, func(r *R) string {
		return Clock(ktime(r))
	})
	c.Add(s.seconds, "TIME(s)", width, func(r *R) string {
		return fmt.Sprintf("%.*f", digits, s.since.Seconds(ktime(r)))
	})
}
