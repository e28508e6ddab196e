package inspect

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootTime turns a time since the machine started, suspension included, into the
// time of day, to the second: the kernel's clocks are not read at one moment.
func bootTime(since time.Duration) time.Time {
	var now unix.Timespec
	// The kernel always has this clock; only a wrong clock id makes it fail.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Now().Add(since - time.Duration(now.Nano())).Round(time.Second)
}
