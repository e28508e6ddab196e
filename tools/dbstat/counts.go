package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// slots is how many slots a power-of-two histogram has, counted from 0.
const slots = 65

// counts reads what the program has counted. Its table only grows, so that
// nothing is lost between reading and clearing: what came since the last time is
// the difference.
type counts struct {
	latency *bccgo.TypedMap[int32, uint64]
	seen    [slots]uint64
}

func newCounts(m *bccgo.Module) (*counts, error) {
	latency, err := bccgo.Map[int32, uint64](m, "latency")
	return &counts{latency: latency}, err
}

// next returns the counts of each slot since the last call.
func (c *counts) next() ([]uint64, error) {
	fresh := make([]uint64, slots)
	for slot, n := range c.latency.All() {
		fresh[slot] = n - c.seen[slot]
		c.seen[slot] = n
	}
	if err := c.latency.Err(); err != nil {
		return nil, fmt.Errorf("read the histogram: %w", err)
	}
	return fresh, nil
}

// every calls report at the end of each interval, and at the end of ctx; without
// interval then alone.
func every(ctx context.Context, interval time.Duration, report func() error) error {
	var ticks <-chan time.Time
	if interval > 0 {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return report()
		case <-ticks:
			if err := report(); err != nil {
				return err
			}
		}
	}
}

// printer prints the histograms.
type printer struct {
	s    *toolkit.Session
	unit string
}

func (p *printer) print(at time.Time, fresh []uint64) error {
	label := "query latency (" + p.unit + ")"
	if p.s.JSON {
		h, err := bccgo.Log2JSON(label, fresh)
		if err != nil {
			return err
		}
		h.Time = at
		return p.s.Out.JSON(h)
	}
	var b bytes.Buffer
	if err := bccgo.PrintLog2(&b, label, fresh, nil); err != nil {
		return err
	}
	return p.s.Out.Printf("[%s]\n%s\n", at.Format(time.TimeOnly), b.Bytes())
}
