package toolkit

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Losses counts events that did not arrive and says so on standard error: at
// once, then at most every second, and at the end.
type Losses struct {
	w    io.Writer
	name string

	mu       sync.Mutex
	total    uint64
	reported uint64
	last     time.Time
}

// Add counts n events lost on a CPU. It fits StreamOptions.OnLost.
func (l *Losses) Add(_ int, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += n
	if time.Since(l.last) >= time.Second {
		l.print()
	}
}

// Missed counts n system calls that could not be followed.
func (l *Losses) Missed(n uint64) {
	if n > 0 {
		fmt.Fprintf(l.w, "%s: %d calls not seen: too many at once\n", l.name, n)
	}
}

func (l *Losses) report() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print()
}

func (l *Losses) print() {
	if l.total == l.reported {
		return
	}
	fmt.Fprintf(l.w, "%s: lost %d events, %d in all: they came faster than they were read\n",
		l.name, l.total-l.reported, l.total)
	l.reported, l.last = l.total, time.Now()
}
