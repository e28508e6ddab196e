package main

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// losses gathers lost events, of which the kernel may tell thousands of times a
// second, and reports each buffer and CPU once an interval.
type losses struct {
	report func(lost) error

	mu    sync.Mutex
	count map[lost]uint64 // by table and CPU
	last  time.Time
}

// lossInterval is the least time between two reports.
const lossInterval = time.Second

// add counts n lost events and reports if it is time.
func (l *losses) add(table string, cpu int, n uint64) error {
	l.mu.Lock()
	if l.count == nil {
		l.count = make(map[lost]uint64)
	}
	l.count[lost{table: table, cpu: cpu}] += n
	due := time.Since(l.last) >= lossInterval
	l.mu.Unlock()
	if !due {
		return nil
	}
	return l.flush()
}

// flush reports what was counted since the last report.
func (l *losses) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = time.Now()
	list := make([]lost, 0, len(l.count))
	for k, n := range l.count {
		k.count = n
		list = append(list, k)
	}
	clear(l.count)
	slices.SortFunc(list, compareLost)
	for _, one := range list {
		if err := l.report(one); err != nil {
			return err
		}
	}
	return nil
}

func compareLost(a, b lost) int {
	return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.cpu, b.cpu))
}
