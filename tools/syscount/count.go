package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counter reads what the program has counted. The program's table only grows, so
// that nothing is lost between reading and clearing: what came since the last time
// is the difference. Processes that are gone make place for others.
type counter struct {
	totals *bccgo.TypedMap[key, total]
	seen   map[key]total
	// gone tells that a key is that of a process that is gone.
	gone func(key) bool
}

func newCounter(m *bccgo.Module, byProcess bool) (*counter, error) {
	totals, err := bccgo.Map[key, total](m, "totals")
	if err != nil {
		return nil, err
	}
	c := &counter{totals: totals, seen: make(map[key]total), gone: func(key) bool { return false }}
	// In a PID namespace of its own /proc knows other numbers.
	if byProcess && toolkit.KernelPID(os.Getpid()) != 0 {
		c.gone = func(k key) bool {
			_, err := os.Stat(fmt.Sprintf("/proc/%d", k.ID))
			return errors.Is(err, os.ErrNotExist)
		}
	}
	return c, nil
}

// next returns the totals since the last call.
func (c *counter) next() (map[key]total, error) {
	all := make(map[key]total)
	for k, t := range c.totals.All() {
		all[k] = t
	}
	if err := c.totals.Err(); err != nil {
		return nil, fmt.Errorf("read the totals: %w", err)
	}
	fresh := make(map[key]total)
	for k, t := range all {
		// What is gone counts no more, and so can be read once more and forgotten.
		gone := c.gone(k)
		if gone {
			last, err := c.totals.LookupAndDelete(k)
			if err != nil {
				return nil, fmt.Errorf("forget process %d: %w", k.ID, err)
			}
			t = last
		}
		seen := c.seen[k]
		c.seen[k] = t
		if gone {
			delete(c.seen, k)
		}
		if t.Count > seen.Count {
			fresh[k] = total{t.Count - seen.Count, t.Ns - seen.Ns, t.Comm}
		}
	}
	return fresh, nil
}
