package queries

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Query is a query that has ended; its fields are the JSON object's.
type Query struct {
	Time    time.Time `json:"time"` // of the end
	PID     uint32    `json:"pid"`
	TID     uint32    `json:"tid"`
	Latency uint64    `json:"latency_ns"`
	Query   string    `json:"query"`
	// QueryCut means that only the beginning of the text is there, QueryUnreadable
	// that it could not be read.
	QueryCut        bool `json:"query_cut,omitempty"`
	QueryUnreadable bool `json:"query_unreadable,omitempty"`
}

// Printer prints queries, and sums them up.
type Printer struct {
	s *toolkit.Session
	// start is the time of TIME(s) 0.
	start        uint64
	count        uint64
	sum, longest time.Duration
}

// NewPrinter returns a Printer that counts time from start, by CLOCK_MONOTONIC.
func NewPrinter(s *toolkit.Session, start uint64) *Printer { return &Printer{s: s, start: start} }

// Record prints an event and its text, behind which there may be anything.
func (p *Printer) Record(ev *Event, text []byte) error {
	q := &Query{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, Latency: ev.Delta,
		QueryCut: ev.Cut != 0, QueryUnreadable: ev.Size < 0,
	}
	q.Query = string(text[:max(ev.Size, 0)])
	took := time.Duration(ev.Delta)
	p.count++
	p.sum += took
	p.longest = max(p.longest, took)
	if p.s.JSON {
		return p.s.Out.JSON(q)
	}
	begun := time.Duration(ev.Time - ev.Delta - p.start)
	return p.s.Out.Printf("%-14.6f %-7d %8.3f %s\n", begun.Seconds(), q.PID, float64(took)/1e6, q.text())
}

// text is the query in one line, with marks where it is not complete.
func (q *Query) text() string {
	switch {
	case q.QueryUnreadable:
		return "<unreadable>"
	case q.QueryCut:
		return toolkit.Printable(q.Query) + "..."
	}
	return toolkit.Printable(q.Query)
}

// Heading prints the names of the columns.
func (p *Printer) Heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-14s %-7s %8s %s\n", "TIME(s)", "PID", "MS", "QUERY")
}

// Finish sums up for --stats.
func (p *Printer) Finish() error {
	if p.s.Stats {
		average := p.sum / time.Duration(max(p.count, 1))
		p.s.Warnf("%d queries, %.3f ms on average, %.3f ms at most", p.count, float64(average)/1e6, float64(p.longest)/1e6)
	}
	return nil
}

// Threshold is a number of milliseconds that a user gave.
func Threshold(ms float64) (time.Duration, error) {
	if !(ms >= 0) || ms > math.MaxInt32 {
		return 0, fmt.Errorf("threshold of %v ms: want a number of 0 or above", ms)
	}
	return time.Duration(ms * float64(time.Millisecond)), nil
}

// PrintSlow prints the queries that take at least ms milliseconds until ctx ends.
func (c *Choice) PrintSlow(ctx context.Context, s *toolkit.Session, ms float64) (err error) {
	s.Losses.What = "queries"
	threshold, err := Threshold(ms)
	if err != nil {
		return err
	}
	src, err := c.Open(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	text := src.C(TextC)
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	m, err := src.Load(ctx, text, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[Event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	p := NewPrinter(s, bccgo.MonotonicTime())
	if err := src.Attach(s, m, threshold); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := p.Heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, func(ev *Event) error { return p.Record(ev, stream.Rest()) }); err != nil {
		return err
	}
	return errors.Join(p.Finish(), s.Losses.Finish(m))
}
