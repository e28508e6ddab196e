package bccgo

import (
	"sync"
	"testing"
	"time"
)

// Times that programs took keep their distances, however busy the machine is.
func TestKtimeToTimeKeepsDistances(t *testing.T) {
	first := MonotonicTime()
	want := KtimeToTime(first)
	if off := time.Since(want); off < 0 || off > time.Minute {
		t.Fatalf("now is %v ago", off)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for n := range uint64(5000) {
				if got := KtimeToTime(first + n).Sub(want); got != time.Duration(n) {
					t.Errorf("%d ns later is %d ns later", n, got)
					return
				}
			}
		})
	}
	all.Wait()
}

// A clock that is set is noticed.
func TestAheadFollowsTheClock(t *testing.T) {
	var a ahead
	for _, wrong := range []int64{0, wallAhead.now() + int64(time.Millisecond), wallAhead.now() - int64(time.Hour)} {
		a.ns.Store(wrong)
		if off := time.Duration(a.now() - wallAhead.now()).Abs(); off > 100*time.Microsecond {
			t.Errorf("after %d: %v off", wrong, off)
		}
	}
}
