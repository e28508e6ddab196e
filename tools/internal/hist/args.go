package hist

import (
	"context"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// ArgsUsage is what the help calls the arguments that ParseRounds reads.
const ArgsUsage = "[interval [count]]"

// Rounds are how often to print.
type Rounds struct {
	// Interval is the time between outputs, 0 for one at the end.
	Interval time.Duration
	// Count is how many outputs there are to be, 0 for no end.
	Count int
}

// ParseRounds reads the arguments interval, in seconds, and count. Both are above
// 0; what is left out is 0.
func ParseRounds(args []string) (Rounds, error) {
	interval, count, err := toolkit.IntervalCount(args)
	return Rounds{interval, count}, err
}

// Run calls report at the end of each interval, Count times, until ctx ends or the
// session's --duration is over, and then with what is left of an interval, last being
// true. Without interval that is the only call.
func (r Rounds) Run(ctx context.Context, s *toolkit.Session, report func(now time.Time, last bool) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := 0
	enough := false
	return s.Every(ctx, r.Interval, func(now time.Time, last bool) error {
		if enough {
			return nil // ctx ended because of the count, and all is printed
		}
		if n++; n == r.Count {
			enough = true
			cancel()
		}
		return report(now, last)
	})
}
