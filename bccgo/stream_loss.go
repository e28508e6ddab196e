package bccgo

import (
	"maps"
	"sync"
)

// LostCounts says how many events did not arrive because a perf buffer was
// full.
//
// The kernel tells of losses with the next event that finds room on the same
// CPU. A stream whose buffer was ever so full that there may be untold losses
// sends such an event itself: when the reading ends because of its context, and
// between times when the buffer is quiet. That takes Linux 5.10; before, the
// losses after a CPU's last event remain unknown.
type LostCounts struct {
	// Total counts all, PerCPU those of each CPU (nil for ring buffers).
	Total  uint64
	PerCPU map[int]uint64
	// AtLeast is set if there may be more that the kernel could not be made to
	// tell.
	AtLeast bool
}

// lossCounter adds up what was lost.
type lossCounter struct {
	mu     sync.Mutex
	perCPU map[int]uint64
}

func (c *lossCounter) add(cpu int, n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.perCPU == nil {
		c.perCPU = make(map[int]uint64)
	}
	c.perCPU[cpu] += n
}

func (c *lossCounter) counts() LostCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := LostCounts{PerCPU: maps.Clone(c.perCPU)}
	for _, n := range c.perCPU {
		l.Total += n
	}
	return l
}
