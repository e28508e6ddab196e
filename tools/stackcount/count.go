package main

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
)

// counter reads what the program has counted. Its counts only grow, so that
// nothing is lost between reading and clearing: what came since the last time is
// the difference.
type counter struct {
	counts *bccgo.TypedMap[key, uint64]
	stacks *stacks.Store
	seen   map[key]uint64
}

func newCounter(m *bccgo.Module) (*counter, error) {
	counts, err := bccgo.Map[key, uint64](m, "counts")
	if err != nil {
		return nil, err
	}
	kept, err := stacks.OpenStore(m)
	if err != nil {
		return nil, err
	}
	return &counter{counts: counts, stacks: kept, seen: make(map[key]uint64)}, nil
}

// next returns what was counted since the last time.
func (c *counter) next() (map[key]uint64, error) {
	fresh := make(map[key]uint64)
	for k, n := range c.counts.All() {
		if n > c.seen[k] {
			fresh[k] = n - c.seen[k]
		}
		c.seen[k] = n
	}
	if err := c.counts.Err(); err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	return fresh, nil
}

// all returns what was counted from the beginning to the last call of next.
func (c *counter) all() map[key]uint64 { return c.seen }

// samples are the stacks of counts.
func (c *counter) samples(counts map[key]uint64) ([]stacks.Sample, error) {
	var all []stacks.Sample
	for k, n := range counts {
		s := stacks.Sample{Comm: k.Comm.String(), Count: n}
		if s.Comm != "" {
			s.PID = k.PID
		}
		var err error
		if s.Kernel, err = c.stacks.Kernel(k.Kernel); err != nil {
			return nil, err
		}
		if s.User, err = c.stacks.User(k.User, k.PID); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
