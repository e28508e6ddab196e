package bccgo

import (
	"time"

	"golang.org/x/sys/unix"
)

// KtimeToTime turns a program's bpf_ktime_get_ns into the time of day, as the
// clock is set now.
func KtimeToTime(ns uint64) time.Time {
	var mono unix.Timespec
	// The kernel always has this clock; only a wrong clock id makes it fail.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono)
	return time.Now().Add(time.Duration(int64(ns) - mono.Nano()))
}
