package main

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
)

// address is the program's struct address.
type address struct {
	Bytes   [16]uint8 // IPv4 has the first 4
	Version uint64
}

func (a address) addr() netip.Addr {
	if a.Version == 4 {
		return netip.AddrFrom4([4]byte(a.Bytes[:4]))
	}
	return netip.AddrFrom16(a.Bytes)
}

// total is the program's struct total.
type total struct{ Usecs, Count uint64 }

// counter reads what the program has counted.
type counter struct {
	*options
	dist      *hist.Counter
	totals    *bccgo.TypedMap[uint64, total]
	addresses *bccgo.TypedMap[uint64, address]
	// seen are the totals of the last time.
	seen map[uint64]total
}

func (o *options) newCounter(m *bccgo.Module) (c *counter, err error) {
	c = &counter{options: o, seen: make(map[uint64]total)}
	if c.dist, err = hist.NewCounter(m); err != nil {
		return nil, err
	}
	if c.totals, err = bccgo.Map[uint64, total](m, "totals"); err != nil {
		return nil, err
	}
	c.addresses, err = bccgo.Map[uint64, address](m, "addresses")
	return c, err
}

// part is a histogram with what it is of.
type part struct {
	addr   netip.Addr // not valid if it is of all
	avg    time.Duration
	counts []uint64
}

// next returns what was counted since the last call.
func (c *counter) next() (*hist.Histograms, error) {
	groups, err := c.dist.Next()
	if err != nil {
		return nil, err
	}
	var parts []part
	for group, counts := range groups {
		p := part{counts: counts}
		if c.byLocal || c.byRemote {
			a, err := c.addresses.Lookup(group)
			if err != nil {
				return nil, fmt.Errorf("read an address: %w", err)
			}
			p.addr = a.addr()
		}
		if p.avg, err = c.average(group); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return c.histograms(parts), nil
}

// average is that of what came to a group since the last call.
func (c *counter) average(group uint64) (time.Duration, error) {
	now, err := c.totals.Lookup(group)
	if err != nil {
		return 0, fmt.Errorf("read a total: %w", err)
	}
	before := c.seen[group]
	c.seen[group] = now
	count := now.Count - before.Count
	if count == 0 {
		return 0, nil
	}
	return time.Duration((now.Usecs-before.Usecs)/count) * time.Microsecond, nil
}

// histograms are the sections, by address.
func (o *options) histograms(parts []part) *hist.Histograms {
	slices.SortFunc(parts, func(a, b part) int { return a.addr.Compare(b.addr) })
	h := &hist.Histograms{Label: "usecs", Header: "All Addresses"}
	if o.milliseconds {
		h.Label = "msecs"
	}
	switch {
	case o.byLocal:
		h.Header = "Local Address"
	case o.byRemote:
		h.Header = "Remote Address"
	}
	for _, p := range parts {
		h.Sections = append(h.Sections, bccgo.Section{Key: o.key(p), Counts: p.counts})
	}
	return h
}

// key is what a section's heading ends with.
func (o *options) key(p part) string {
	key := "*******"
	if p.addr.IsValid() {
		key = p.addr.String()
	}
	if o.extension {
		key += fmt.Sprintf(" [AVG %d]", p.avg/o.unit())
	}
	return key
}
