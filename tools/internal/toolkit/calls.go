package toolkit

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// CallID tells calls apart: no task returns twice at a time.
type CallID struct{ Task, Time uint64 }

// Calls puts together calls of which programs send several records. The zero
// Calls is empty.
type Calls[C any] struct {
	open map[CallID]*C
}

// Open returns the call of a record, which begin makes of its first one.
func (c *Calls[C]) Open(id CallID, begin func() *C) *C {
	if c.open == nil {
		c.open = make(map[CallID]*C)
	}
	call := c.open[id]
	if call == nil {
		call = begin()
		c.open[id] = call
	}
	return call
}

// Complete forgets a call that has its last record.
func (c *Calls[C]) Complete(id CallID) { delete(c.open, id) }

// Incomplete yields the calls whose last record got lost, in the order of their
// times.
func (c *Calls[C]) Incomplete() iter.Seq[*C] {
	return func(yield func(*C) bool) {
		byTime := func(a, b CallID) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Task, b.Task)) }
		for _, id := range slices.SortedFunc(maps.Keys(c.open), byTime) {
			if !yield(c.open[id]) {
				return
			}
		}
	}
}
