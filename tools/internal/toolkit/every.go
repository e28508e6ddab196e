package toolkit

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Every calls report at the end of each interval until the duration asked for is
// over or ctx ends, and then with what is left, last being true. Without interval
// that is the only call. An error of report ends it.
func (s *Session) Every(ctx context.Context, interval time.Duration, report func(now time.Time, last bool) error) error {
	begin := time.Now()
	for next := interval; ; next += interval {
		last := s.Duration > 0 && (next >= s.Duration || interval == 0)
		if last {
			next = s.Duration
		}
		if !wait(ctx, next-time.Since(begin), next == 0) {
			return report(time.Now(), true)
		}
		if err := report(time.Now(), last); err != nil || last {
			return err
		}
	}
}

// wait returns false if ctx ended before the time was over.
func wait(ctx context.Context, d time.Duration, forever bool) bool {
	if forever {
		<-ctx.Done()
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Seconds reads the value of a flag that is a time. An empty one, which a flag
// has that was not given, is 0.
func Seconds(flag, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
		return 0, fmt.Errorf("%s %s: want a number of seconds above 0", flag, text)
	}
	return max(time.Millisecond, time.Duration(seconds*float64(time.Second))), nil
}
