package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// slots is how many slots a power-of-two histogram has, counted from 0.
const slots = 65

// counter reads what the program has counted. Keys have the number of a period in
// them: a new one is begun before those of the old are read and removed, so that
// nothing is lost between.
type counter struct {
	*options
	m      *bccgo.Module
	config config
}

// row is how often some values were seen. A histogram's has no last value, but how
// often it fell into each slot.
type row struct {
	values []bccgo.Value
	count  uint64
	slots  []uint64
}

// grace is how long programs that run while a period ends may take to count.
const grace = time.Millisecond

// endPeriod has the program count into a new period, or no longer.
func (c *counter) endPeriod(last bool) error {
	if c.cumulative && !last {
		return nil
	}
	if last {
		c.config.On = 0
	}
	c.config.Period++
	if err := toolkit.Configure(c.m, c.config); err != nil {
		return err
	}
	time.Sleep(grace)
	return nil
}

// read returns what was counted for a probe in the periods that have ended, or
// with --cumulative in all, in no order.
func (c *counter) read(p *probe) ([]*row, error) {
	table := c.m.Table(numbered(p, "counts_NR"))
	entries, err := table.Items()
	if err != nil {
		return nil, fmt.Errorf("read the counts of %s: %w", p.name(), err)
	}
	found := make(map[string]*row)
	var rows []*row
	for _, e := range entries {
		period, ok := uintField(e.Key, "period")
		if ok && !c.cumulative {
			if period == uint64(c.config.Period) {
				continue
			}
			if err := table.Delete(e.Key); err != nil {
				return nil, fmt.Errorf("remove a count of %s: %w", p.name(), err)
			}
		}
		one := newRow(p, e)
		if same := found[one.id()]; same != nil {
			same.add(one)
			continue
		}
		found[one.id()] = one
		rows = append(rows, one)
	}
	return rows, nil
}

func uintField(v bccgo.Value, name string) (uint64, bool) {
	f, ok := v.Field(name)
	if !ok {
		return 0, false
	}
	return f.Uint()
}

// newRow decodes an entry.
func newRow(p *probe, e bccgo.Entry) *row {
	n, _ := e.Value.Uint() // a u64
	r := &row{count: n}
	values := len(p.values)
	if p.histogram {
		values--
		slot, _ := uintField(e.Key, "slot")
		r.slots = make([]uint64, slots)
		r.slots[min(slot, slots-1)] = n
	}
	for i := range values {
		v, _ := e.Key.Field(fmt.Sprintf("v%d", i))
		r.values = append(r.values, v)
	}
	return r
}

// add adds up rows of the same values.
func (r *row) add(other *row) {
	r.count += other.count
	for i, n := range other.slots {
		r.slots[i] += n
	}
}

// id tells the values of rows apart: they all have the same sizes.
func (r *row) id() string {
	var b strings.Builder
	for _, v := range r.values {
		b.Write(v.Bytes())
	}
	return b.String()
}
