package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counter counts binds until the end.
type counter struct {
	s             *toolkit.Session
	defines       map[string]string
	attach, begin func(*bccgo.Module) error
}

// count is how often an address was bound to; its fields are the JSON object's.
type count struct {
	Addr  netip.Addr `json:"laddr"`
	Port  uint16     `json:"lport"`
	Binds uint64     `json:"binds"`
}

func (c *counter) run(ctx context.Context) error {
	if c.s.EBPF {
		return c.s.PrintC(text, c.defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: c.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := c.attach(m); err != nil {
		return err
	}
	if err := c.begin(m); err != nil {
		return err
	}
	ctx, cancel := c.s.Limit(ctx)
	defer cancel()
	c.s.Notef("tracing")
	if !c.s.JSON {
		c.s.Warnf("counting binds until Ctrl-C")
	}
	<-ctx.Done()
	if err := c.print(m); err != nil {
		return err
	}
	return c.s.Losses.Finish(m)
}

func (c *counter) print(m *bccgo.Module) error {
	counts, err := bccgo.Map[inet.Bound, uint64](m, "counts")
	if err != nil {
		return err
	}
	var rows []count
	for bound, n := range counts.All() {
		rows = append(rows, count{bound.Address(), bound.Port, n})
	}
	if err := counts.Err(); err != nil {
		return fmt.Errorf("read the counts: %w", err)
	}
	return printCounts(c.s, rows)
}

// printCounts prints IPv4 first, and of each the largest counts first.
func printCounts(s *toolkit.Session, rows []count) error {
	slices.SortFunc(rows, func(a, b count) int {
		return cmp.Or(cmp.Compare(a.Addr.BitLen(), b.Addr.BitLen()), cmp.Compare(b.Binds, a.Binds), a.Addr.Compare(b.Addr), cmp.Compare(a.Port, b.Port))
	})
	if !s.JSON {
		if err := s.Out.Printf("\n%-32s %20s     %s\n", "LADDR", "LPORT", "BINDS"); err != nil {
			return err
		}
	}
	for _, r := range rows {
		var err error
		if s.JSON {
			err = s.Out.JSON(r)
		} else {
			err = s.Out.Printf("%-32s %20d     %d\n", r.Addr, r.Port, r.Binds)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
