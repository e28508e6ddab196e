package toolkit

import (
	"cmp"
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
	MISSED_STACKS,	/* no room for another stack */
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
	missedStacks
	missedKinds
)

// Losses counts events that did not arrive and says so on standard error: at
// once, then at most every second, and at the end.
type Losses struct {
	// What is it that was not seen when the program had no room to follow it;
	// empty means "calls".
	What string
	// MoreStacks is the flag that makes room for more stacks, empty if the tool has
	// none.
	MoreStacks string

	w    io.Writer
	name string
	// counting tells that the kernel counts runs; runs are those of the program.
	counting bool
	runs     []bccgo.RunStats

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

// Finish takes over what the program counted with MissedC, and the calls of it
// that the kernel left out, which is all there was.
func (l *Losses) Finish(m *bccgo.Module) error {
	missed, err := bccgo.Map[int32, uint64](m, "missed")
	if err != nil {
		return err
	}
	var counts [missedKinds]uint64
	for kind := range counts {
		if counts[kind], err = missed.Lookup(int32(kind)); err != nil {
			return fmt.Errorf("read how much was missed: %w", err)
		}
	}
	skipped, err := m.Misses()
	if err != nil {
		return err
	}
	if l.counting {
		if l.runs, err = m.RunStats(); err != nil {
			return err
		}
	}
	l.finish(counts, skipped)
	return nil
}

func (l *Losses) finish(counts [missedKinds]uint64, skipped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total = max(l.total, counts[missedEvents])
	if skipped > 0 {
		fmt.Fprintf(l.w, "%s: %d times left out by the kernel: they interrupted another program\n", l.name, skipped)
	}
	if n := counts[missedCalls]; n > 0 {
		fmt.Fprintf(l.w, "%s: %d %s not seen: too many at once\n", l.name, n, cmp.Or(l.What, "calls"))
	}
	if n := counts[missedStacks]; n > 0 {
		advice := ""
		if l.MoreStacks != "" {
			advice = "; " + l.MoreStacks + " makes room for more"
		}
		fmt.Fprintf(l.w, "%s: %d times a stack was not kept: there are too many different ones%s\n", l.name, n, advice)
	}
}

// Total is how many events are known to be lost.
func (l *Losses) Total() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
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
