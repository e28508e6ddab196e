package bccgo

import (
	"errors"
	"time"
)

// eventSource is a perf buffer or a ring buffer. One goroutine reads; flush and
// close may be called from any.
type eventSource interface {
	// read returns the next record. Without one the wait is over, or events
	// were lost, as r.lost tells.
	read(r *Record) (ok bool, err error)
	// within bounds the waits of the reads that follow: noLimit leaves them to
	// the options, 0 makes reads return at once.
	within(d time.Duration)
	// flush ends a read's wait: it returns what there is, then errFlushed.
	flush() error
	// settle makes the kernel tell of losses it has not told yet, to the reads
	// that follow.
	settle()
	// exact tells whether settle could do its work.
	exact() bool
	close() error
}

// noLimit is for waits that the options alone bound.
const noLimit time.Duration = -1

// errFlushed ends a read after flush.
var errFlushed = errors.New("flushed")

// waitUntil is when a wait ends that two limits bound, of which negative ones
// count for nothing; the zero time if there is none. The readers' waits are in
// whole milliseconds, rounded down.
func waitUntil(a, b time.Duration) time.Time {
	if a < 0 || b >= 0 && b < a {
		a = b
	}
	switch {
	case a < 0:
		return time.Time{}
	case a > 0:
		a = max(a, time.Millisecond)
	}
	return time.Now().Add(a)
}
