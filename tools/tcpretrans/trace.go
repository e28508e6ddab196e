package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// latency is how long a line may wait for others; the order of time takes twice as
// long.
const latency = 50 * time.Millisecond

// trace prints packets as they are sent again.
func (o *options) trace(ctx context.Context, s *toolkit.Session, m *bccgo.Module, c config) error {
	p := &printer{options: o, s: s}
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{Latency: latency, OrderBy: "time", OnLost: s.Losses.Add})
	if err := toolkit.Configure(m, c); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	return stream.Each(ctx, p.packet)
}

// countFlows counts until ctx ends and prints what came together.
func (o *options) countFlows(ctx context.Context, s *toolkit.Session, m *bccgo.Module, c config) error {
	counts, err := bccgo.Map[inet.Ends, uint64](m, "counts")
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, c); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	s.Notef("tracing")
	if !s.JSON {
		s.Warnf("counting what is sent again until Ctrl-C")
	}
	<-ctx.Done()
	all := make(map[inet.Ends]uint64)
	for e, n := range counts.All() {
		all[e] = n
	}
	if err := counts.Err(); err != nil {
		return fmt.Errorf("read the counts: %w", err)
	}
	return printCounts(s, all)
}
