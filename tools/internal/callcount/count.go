package callcount

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// Counter reads what the program has counted. Its counts only grow, so that
// nothing is lost between reading and clearing: what came since the last time is
// the difference.
type Counter struct {
	counts *bccgo.PerCPUMap[uint64, uint64]
	places *probespec.Places
	seen   map[string]uint64
}

// New opens the counts of a module that has the program.
func New(m *bccgo.Module, places *probespec.Places) (*Counter, error) {
	counts, err := bccgo.PerCPU[uint64, uint64](m, "counts")
	if err != nil {
		return nil, err
	}
	return &Counter{counts: counts, places: places, seen: make(map[string]uint64)}, nil
}

// Calls are those of a function since the last time.
type Calls struct {
	Name  string
	Count uint64
}

// Next returns the functions that were called, those with the most calls last.
func (c *Counter) Next() ([]Calls, error) {
	now := make(map[string]uint64)
	for place, n := range bccgo.Reduce(c.counts, bccgo.Sum[uint64]) {
		now[c.places.Name(place)] += n
	}
	if err := c.counts.Err(); err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	return c.fresh(now), nil
}

// fresh is what is new in counts, which are of all calls so far.
func (c *Counter) fresh(now map[string]uint64) []Calls {
	var list []Calls
	for name, n := range now {
		if n > c.seen[name] {
			list = append(list, Calls{name, n - c.seen[name]})
		}
	}
	c.seen = now
	slices.SortFunc(list, func(a, b Calls) int { return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(a.Name, b.Name)) })
	return list
}
