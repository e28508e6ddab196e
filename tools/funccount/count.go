package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// counter reads what the program has counted. Its counts only grow, so that
// nothing is lost between reading and clearing: what came since the last time is
// the difference.
type counter struct {
	counts *bccgo.PerCPUMap[uint64, uint64]
	places *probespec.Places
	seen   map[string]uint64
}

func newCounter(m *bccgo.Module, places *probespec.Places) (*counter, error) {
	counts, err := bccgo.PerCPU[uint64, uint64](m, "counts")
	if err != nil {
		return nil, err
	}
	return &counter{counts: counts, places: places, seen: make(map[string]uint64)}, nil
}

// calls are those of a function since the last time.
type calls struct {
	name  string
	count uint64
}

// next returns the functions that were called, those with the most calls last.
func (c *counter) next() ([]calls, error) {
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
func (c *counter) fresh(now map[string]uint64) []calls {
	var list []calls
	for name, n := range now {
		if n > c.seen[name] {
			list = append(list, calls{name, n - c.seen[name]})
		}
	}
	c.seen = now
	slices.SortFunc(list, func(a, b calls) int { return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(a.name, b.name)) })
	return list
}
