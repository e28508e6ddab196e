package toolkit

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// MissedC defines miss(), by which a program counts what it could not follow
// or send. The kernel tells of a lost event only with the next one that is not
// lost, which may never come. It goes before a tool's own text.
const MissedC = `
enum {
	MISSED_CALLS,	/* no room to remember a call until it returns */
	MISSED_EVENTS,	/* no room in the buffer */
	MISSED_KINDS,
};

BPF_ARRAY(missed, u64, MISSED_KINDS);

static inline void miss(int what)
{
	u64 *n = missed.lookup(&what);

	if (n)
		lock_xadd(n, 1);
}
`

// Indexes of the program's array missed.
const (
	missedCalls = iota
	missedEvents
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

// Finish takes over what the program counted with MissedC, which is all there
// was.
func (l *Losses) Finish(m *bccgo.Module) error {
	missed, err := bccgo.Map[int32, uint64](m, "missed")
	if err != nil {
		return err
	}
	calls, err := missed.Lookup(missedCalls)
	if err != nil {
		return fmt.Errorf("read how many calls were missed: %w", err)
	}
	events, err := missed.Lookup(missedEvents)
	if err != nil {
		return fmt.Errorf("read how many events were lost: %w", err)
	}
	l.finish(calls, events)
	return nil
}

func (l *Losses) finish(calls, events uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total = max(l.total, events)
	if calls > 0 {
		fmt.Fprintf(l.w, "%s: %d calls not seen: too many at once\n", l.name, calls)
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
