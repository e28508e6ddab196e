package inet

import (
	"fmt"

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
