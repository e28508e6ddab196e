package main

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// slots is how many slots a power-of-two histogram has, counted from 0.
const slots = 65

// counter reads what the program has counted. The program's tables only grow, so
// that nothing is lost between reading and clearing: what came since the last
// time is the difference.
type counter struct {
	dist   *bccgo.TypedMap[key, uint64]
	totals *bccgo.PerCPUMap[int32, total]

	seen    map[key]uint64
	seenSum total
}

func newCounter(m *bccgo.Module) (*counter, error) {
	dist, err := bccgo.Map[key, uint64](m, "dist")
	if err != nil {
		return nil, err
	}
	totals, err := bccgo.PerCPU[int32, total](m, "totals")
	if err != nil {
		return nil, err
	}
	return &counter{dist: dist, totals: totals, seen: make(map[key]uint64)}, nil
}

// next returns the counts of each slot by group, and their sum, since the last
// call.
func (c *counter) next() (map[uint64][]uint64, total, error) {
	groups := make(map[uint64][]uint64)
	for k, n := range c.dist.All() {
		c.add(groups, k, n)
	}
	if err := c.dist.Err(); err != nil {
		return nil, total{}, fmt.Errorf("read the histogram: %w", err)
	}
	values, err := c.totals.Lookup(0)
	if err != nil {
		return nil, total{}, fmt.Errorf("read the totals: %w", err)
	}
	return groups, c.sum(values), nil
}

// add puts what is new of a count into its group.
func (c *counter) add(groups map[uint64][]uint64, k key, n uint64) {
	fresh := n - c.seen[k]
	c.seen[k] = n
	if fresh == 0 {
		return
	}
	if groups[k.Group] == nil {
		groups[k.Group] = make([]uint64, slots)
	}
	groups[k.Group][k.Slot] += fresh
}

// sum returns what is new of the totals of all processors.
func (c *counter) sum(values []total) total {
	var now total
	for _, v := range values {
		now.Ns += v.Ns
		now.Count += v.Count
	}
	fresh := total{now.Ns - c.seenSum.Ns, now.Count - c.seenSum.Count}
	c.seenSum = now
	return fresh
}
