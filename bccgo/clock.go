package bccgo

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// KtimeToTime turns a program's bpf_ktime_get_ns into the time of day, as the
// clock is set now. Times keep their order and their distances unless the clock
// is set in between.
func KtimeToTime(ns uint64) time.Time {
	return time.Unix(0, int64(ns)+wallAhead.now())
}

// ahead is by how much the time of day is ahead of CLOCK_MONOTONIC. Both run at
// the same pace, so that this changes only if the clock is set; what two readings
// of the clocks differ by also has the time in between.
type ahead struct{ ns atomic.Int64 }

var wallAhead ahead

// now is the difference that was found before as long as it can be true, so that
// a thread that is stopped between its readings does not change it.
func (a *ahead) now() int64 {
	low, high := readAhead()
	known := a.ns.Load()
	if low <= known && known <= high {
		return known
	}
	const readings = 10
	for range readings {
		if l, h := readAhead(); h-l < high-low {
			low, high = l, h
		}
	}
	found := low + (high-low)/2
	if a.ns.CompareAndSwap(known, found) {
		return found
	}
	return a.ns.Load() // of another thread at the same time
}

// readAhead reads the clocks: the difference is between low and high.
func readAhead() (low, high int64) {
	before := MonotonicTime()
	wall := time.Now().UnixNano()
	after := MonotonicTime()
	return wall - int64(after), wall - int64(before)
}

// MonotonicTime is the time in nanoseconds that bpf_ktime_get_ns would return
// now (CLOCK_MONOTONIC): since the machine started, suspension left out.
func MonotonicTime() uint64 {
	var now unix.Timespec
	// The kernel always has this clock; only a wrong clock id makes it fail.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return uint64(now.Nano())
}
