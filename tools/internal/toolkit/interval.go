package toolkit

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// IntervalCount reads the arguments "[interval [count]]": seconds, and how many
// outputs there are to be. What is not given is 0, which none of them may be.
func IntervalCount(args []string) (interval time.Duration, count int, err error) {
	if len(args) > 0 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
			return 0, 0, fmt.Errorf("interval %q: want a number of seconds above 0", args[0])
		}
		interval = max(time.Millisecond, time.Duration(seconds*float64(time.Second)))
	}
	if len(args) > 1 {
		n, err := strconv.ParseUint(args[1], 10, 31)
		if err != nil || n == 0 {
			return 0, 0, fmt.Errorf("count %q: want a whole number above 0", args[1])
		}
		count = int(n)
	}
	return interval, count, nil
}

// Intervals is IntervalCount of the tool's arguments: it returns the interval to hand
// to Every, and shortens the duration to as many intervals as were asked for.
func (s *Session) Intervals(byDefault time.Duration) (time.Duration, error) {
	interval, count, err := IntervalCount(s.Args)
	if err != nil {
		return 0, err
	}
	if interval == 0 {
		interval = byDefault
	}
	if all := time.Duration(count) * interval; count > 0 && (s.Duration == 0 || all < s.Duration) {
		s.Duration = all
	}
	return interval, nil
}
