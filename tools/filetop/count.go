package main

import (
	"fmt"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// counter takes what the program has counted.
type counter struct {
	turn *bccgo.TypedMap[int32, uint32]
	both [2]*bccgo.TypedMap[use, amounts]
	// which of both the program adds to.
	which uint32
}

func newCounter(m *bccgo.Module) (*counter, error) {
	c := &counter{}
	var err error
	if c.turn, err = bccgo.Map[int32, uint32](m, "turn"); err != nil {
		return nil, err
	}
	for i, name := range []string{"first", "second"} {
		if c.both[i], err = bccgo.Map[use, amounts](m, name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// settle is how long a program may still add to a table whose turn is over: they
// take some microseconds and cannot be put off.
const settle = time.Millisecond

// next returns what was counted since the last call.
func (c *counter) next() (map[use]amounts, error) {
	full := c.both[c.which]
	c.which = 1 - c.which
	if err := c.turn.Update(0, c.which); err != nil {
		return nil, fmt.Errorf("have the tables take turns: %w", err)
	}
	time.Sleep(settle)
	all := make(map[use]amounts)
	for u, a := range full.Drain() {
		all[u] = a
	}
	if err := full.Err(); err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	return all, nil
}
