package hist

import (
	"context"
	"fmt"
	"math"
	"strconv"
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
	var r Rounds
	if len(args) > 0 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
			return r, fmt.Errorf("interval %q: want a number of seconds above 0", args[0])
		}
		r.Interval = max(time.Millisecond, time.Duration(seconds*float64(time.Second)))
	}
	if len(args) > 1 {
		n, err := strconv.ParseUint(args[1], 10, 31)
		if err != nil || n == 0 {
			return r, fmt.Errorf("count %q: want a whole number above 0", args[1])
		}
		r.Count = int(n)
	}
	return r, nil
}

// Run calls report at the end of each interval, Count times, until ctx ends or the
// session's --duration is over, and then with what is left, last being true. Without
// interval that is the only call.
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
			last = true
		}
		return report(now, last)
	})
}
