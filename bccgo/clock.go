package bccgo

import (
	"time"

	"golang.org/x/sys/unix"
)

// KtimeToTime turns a program's bpf_ktime_get_ns into the time of day, as the
// clock is set now.
func KtimeToTime(ns uint64) time.Time {
	now := MonotonicTime()
	return time.Now().Add(time.Duration(int64(ns - now)))
}

// MonotonicTime is the time in nanoseconds that bpf_ktime_get_ns would return
// now (CLOCK_MONOTONIC): since the machine started, suspension left out.
func MonotonicTime() uint64 {
	var now unix.Timespec
	// The kernel always has this clock; only a wrong clock id makes it fail.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return uint64(now.Nano())
}
