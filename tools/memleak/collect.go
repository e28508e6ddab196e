package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// collector finds out what is outstanding.
type collector struct {
	*options
	settings *bccgo.TypedMap[int32, config]
	allocs   *bccgo.TypedMap[uint64, allocation]
	sums     *bccgo.TypedMap[group, sum]
	stacks   *toolkit.Stacks
	// mappings is nil for the kernel.
	mappings *bccgo.QueueMap[mapping]
	regions  *regions
	// process is the traced one, or bccgo.KernelPID.
	process int
	// exiting tells that the process is stopped at its end.
	exiting bool
}

// newCollector opens the program's tables, which it checks.
func (o *options) newCollector(m *bccgo.Module, process int) (*collector, error) {
	c := &collector{options: o, regions: newRegions(os.Getpagesize()), process: process}
	var errs [5]error
	c.settings, errs[0] = bccgo.Map[int32, config](m, "settings")
	c.allocs, errs[1] = bccgo.Map[uint64, allocation](m, "allocs")
	c.sums, errs[2] = bccgo.Map[group, sum](m, "sums")
	c.stacks, errs[3] = toolkit.OpenStacks(m)
	if process != bccgo.KernelPID {
		c.mappings, errs[4] = bccgo.Queue[mapping](m, "mappings")
	}
	return c, errors.Join(errs[:]...)
}

// drain takes over what has been mapped and unmapped. It has to be called often,
// as the queue has an end.
func (c *collector) drain() error {
	if c.mappings == nil {
		return nil
	}
	for m, err := range c.mappings.Drain() {
		if err != nil {
			return fmt.Errorf("read what was mapped: %w", err)
		}
		if m.Op == opExit {
			c.exiting = true
			continue
		}
		c.regions.apply(m)
	}
	return nil
}

// collect returns the stacks that have the most outstanding memory, the most
// last. Younger memory is left out unless there is nobody left to free it.
func (c *collector) collect(final bool) ([]*entry, error) {
	if err := c.drain(); err != nil {
		return nil, err
	}
	settings, err := c.settings.Lookup(0)
	if err != nil {
		return nil, err
	}
	entries, err := c.entries(settings.Execs, c.before(final))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, c.order)
	entries = entries[max(0, len(entries)-c.top):]
	for _, e := range entries {
		if e.frames, err = c.stacks.Frames(e.key, c.process); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// before is the time before which allocations have to be made to count.
func (c *collector) before(final bool) uint64 {
	now, age := bccgo.MonotonicTime(), uint64(time.Duration(c.older)*time.Millisecond)
	switch {
	case final || c.combined:
		return now
	case age > now:
		return 0
	}
	return now - age
}

func (c *collector) order(a, b *entry) int {
	bySize, byCount := cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Count, b.Count)
	if c.sort == "count" {
		return cmp.Or(byCount, bySize, cmp.Compare(a.key, b.key))
	}
	return cmp.Or(bySize, byCount, cmp.Compare(a.key, b.key))
}

// entries groups what is outstanding by stack.
func (c *collector) entries(execs uint32, before uint64) ([]*entry, error) {
	g := groups{}
	if err := c.addAllocations(g, execs, before); err != nil {
		return nil, err
	}
	for _, o := range c.regions.outstanding(execs) {
		if o.time <= before {
			g.add(o, c.showAllocs)
		}
	}
	var out []*entry
	for _, e := range g {
		out = append(out, e)
	}
	return out, nil
}

func (c *collector) addAllocations(g groups, execs uint32, before uint64) error {
	if c.combined {
		for key, s := range c.sums.All() {
			if key.Execs == uint64(execs) && s.Count > 0 {
				e := g.of(key.Stack)
				e.Bytes, e.Count = uint64(s.Bytes), uint64(s.Count)
			}
		}
		return c.sums.Err()
	}
	for address, a := range c.allocs.All() {
		if a.Execs == execs && a.Time <= before {
			g.add(outstanding{address, a.Size, a.Time, a.Stack}, c.showAllocs)
		}
	}
	return c.allocs.Err()
}

// groups are entries by stack.
type groups map[uint64]*entry

func (g groups) of(stack uint64) *entry {
	e := g[stack]
	if e == nil {
		e = &entry{key: stack}
		g[stack] = e
	}
	return e
}

func (g groups) add(o outstanding, each bool) {
	e := g.of(o.stack)
	e.Bytes += o.Size
	e.Count++
	if each {
		e.Allocs = append(e.Allocs, o)
	}
}
