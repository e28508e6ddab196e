package activity

import (
	"runtime"
	"syscall"
	"time"
)

// SyncCall is one call of sync: the thread that made it, and times before and
// after the kernel saw it.
type SyncCall struct {
	TID           int
	Before, After time.Time
}

// Sync calls sync. It changes nothing but takes as long as the system has
// changed files to write: use it in the VM only.
func Sync() SyncCall {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := SyncCall{TID: syscall.Gettid(), Before: time.Now()}
	syscall.Sync()
	c.After = time.Now()
	return c
}

// GapMillis returns the least and the most whole milliseconds that can have
// passed between the entries of c and of a later call.
func (c SyncCall) GapMillis(later SyncCall) (low, high int64) {
	return later.Before.Sub(c.After).Milliseconds(), later.After.Sub(c.Before).Milliseconds()
}
