package main

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
)

// total is the program's struct times.
type total struct{ Ns, Count uint64 }

// counter reads what the program has counted.
type counter struct {
	dist   *hist.Counter
	totals *bccgo.PerCPUMap[int32, total]
	seen   total
}

func newCounter(m *bccgo.Module) (*counter, error) {
	dist, err := hist.NewCounter(m)
	if err != nil {
		return nil, err
	}
	totals, err := bccgo.PerCPU[int32, total](m, "totals")
	if err != nil {
		return nil, err
	}
	return &counter{dist: dist, totals: totals}, nil
}

// next returns the counts of each slot by group, and their sum, since the last call.
func (c *counter) next() (map[uint64][]uint64, total, error) {
	groups, err := c.dist.Next()
	if err != nil {
		return nil, total{}, err
	}
	values, err := c.totals.Lookup(0)
	if err != nil {
		return nil, total{}, fmt.Errorf("read the totals: %w", err)
	}
	var now total
	for _, v := range values {
		now.Ns += v.Ns
		now.Count += v.Count
	}
	fresh := total{now.Ns - c.seen.Ns, now.Count - c.seen.Count}
	c.seen = now
	return groups, fresh, nil
}
