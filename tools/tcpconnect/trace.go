package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// latency is how long a connection may wait for others; the order of time takes
// twice as long.
const latency = 50 * time.Millisecond

// trace prints connections as they come.
func (o *options) trace(ctx context.Context, s *toolkit.Session, m *bccgo.Module, st *start) (err error) {
	p := &printer{options: o, s: s}
	if o.dns {
		r, failed := newResolver(m)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		p.find = r.find
	}
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{Latency: latency, OrderBy: "time", OnLost: s.Losses.Add})
	if err := toolkit.Configure(m, st.config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.connection); err != nil {
		return err
	}
	return p.unfinished(m)
}

// countFlows counts connections until ctx ends and prints what came together.
func (o *options) countFlows(ctx context.Context, s *toolkit.Session, m *bccgo.Module, st *start) error {
	counts, err := bccgo.Map[inet.Ends, uint64](m, "counts")
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, st.config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	s.Notef("tracing")
	if !s.JSON {
		s.Warnf("counting connections until Ctrl-C")
	}
	<-ctx.Done()
	all := make(map[inet.Ends]uint64)
	for k, n := range counts.All() {
		all[k] = n
	}
	if err := counts.Err(); err != nil {
		return fmt.Errorf("read the counts: %w", err)
	}
	return printCounts(s, all)
}

// unfinished prints the connections whose local port was still waited for.
func (p *printer) unfinished(m *bccgo.Module) error {
	if !slices.Contains(m.Tables(), "pending") {
		return nil
	}
	pending, err := bccgo.Map[uint64, event](m, "pending")
	if err != nil {
		return err
	}
	for _, ev := range pending.All() {
		if err := p.connection(&ev); err != nil {
			return err
		}
	}
	return pending.Err()
}
