package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counter reads what the program has counted, which only grows: what came since the
// last time is the difference.
type counter struct {
	sent *bccgo.TypedMap[int32, uint64]
	seen []uint64
}

func newCounter(m *bccgo.Module, subnets int) (*counter, error) {
	sent, err := bccgo.Map[int32, uint64](m, "sent")
	return &counter{sent, make([]uint64, subnets)}, err
}

// next returns the bytes sent to each subnet since the last call.
func (c *counter) next() ([]uint64, error) {
	fresh := make([]uint64, len(c.seen))
	for i := range fresh {
		now, err := c.sent.Lookup(int32(i))
		if err != nil {
			return nil, fmt.Errorf("read the counts: %w", err)
		}
		fresh[i] = now - c.seen[i]
		c.seen[i] = now
	}
	return fresh, nil
}

// printer prints what was sent.
type printer struct {
	s       *toolkit.Session
	subnets []subnet
	unit    float64
}

func (p *printer) reporter(c *counter) func(now time.Time, last bool) error {
	return func(now time.Time, last bool) error {
		fresh, err := c.next()
		if err != nil {
			return err
		}
		return p.print(fresh, now)
	}
}

// interval is a line of JSON.
type interval struct {
	Date    string             `json:"date"`
	Time    string             `json:"time"`
	Entries map[string]float64 `json:"entries"`
}

// print prints the subnets that something was sent to, the most first.
func (p *printer) print(sent []uint64, now time.Time) error {
	date, clock := now.Format("01/02/06"), now.Format("15:04:05")
	var order []int
	for i, n := range sent {
		if n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sent[b], sent[a]) })
	amount := func(i int) float64 { return float64(sent[i]) * 8 / p.unit }
	if p.s.JSON {
		entries := make(map[string]float64)
		for _, i := range order {
			entries[p.subnets[i].text] = amount(i)
		}
		return p.s.Out.JSON(interval{date, clock, entries})
	}
	if err := p.s.Out.Printf("[%s %s]\n", date, clock); err != nil {
		return err
	}
	for _, i := range order {
		if err := p.s.Out.Printf("%-21s %6d\n", p.subnets[i].text, uint64(amount(i))); err != nil {
			return err
		}
	}
	return nil
}
