package main

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// slots is how many slots a power-of-two histogram has, counted from 0.
const slots = 65

// key is the program's struct key.
type key struct{ Place, Slot uint64 }

// total is the program's struct total.
type total struct{ Count, Ns uint64 }

// times are those of a function's calls since the last time.
type times struct {
	total
	slots []uint64
}

// counter reads what the program has counted. Its counts only grow, so that
// nothing is lost between reading and clearing: what came since the last time is
// the difference.
type counter struct {
	dist   *bccgo.TypedMap[key, uint64]
	totals *bccgo.TypedMap[uint64, total]
	places *probespec.Places

	seen       map[key]uint64
	seenTotals map[uint64]total
}

func newCounter(m *bccgo.Module, places *probespec.Places) (*counter, error) {
	dist, err := bccgo.Map[key, uint64](m, "dist")
	if err != nil {
		return nil, err
	}
	totals, err := bccgo.Map[uint64, total](m, "totals")
	if err != nil {
		return nil, err
	}
	return &counter{dist: dist, totals: totals, places: places,
		seen: make(map[key]uint64), seenTotals: make(map[uint64]total)}, nil
}

// next returns the times of functions by their names since the last call. Unless
// byFunction is set, all functions are one without name.
func (c *counter) next(byFunction bool) (map[string]*times, error) {
	found := make(map[string]*times)
	of := func(place uint64) *times {
		name := ""
		if byFunction {
			name = c.places.Name(place)
		}
		if found[name] == nil {
			found[name] = &times{slots: make([]uint64, slots)}
		}
		return found[name]
	}
	for k, n := range c.dist.All() {
		if fresh := n - c.seen[k]; fresh > 0 {
			of(k.Place).slots[k.Slot] += fresh
		}
		c.seen[k] = n
	}
	for place, now := range c.totals.All() {
		if before := c.seenTotals[place]; now.Count > before.Count {
			t := of(place)
			t.Count += now.Count - before.Count
			t.Ns += now.Ns - before.Ns
		}
		c.seenTotals[place] = now
	}
	if err := c.dist.Err(); err != nil {
		return nil, fmt.Errorf("read the histogram: %w", err)
	}
	if err := c.totals.Err(); err != nil {
		return nil, fmt.Errorf("read the totals: %w", err)
	}
	return found, nil
}
