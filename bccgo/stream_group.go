package bccgo

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Group reads several streams in one loop and one goroutine: perf buffers and
// ring buffers, of one module or of several, whatever they carry.
//
//	g := bccgo.NewGroup(nil)
//	bccgo.On(g, opens, func(e *openEvent) error { … })
//	bccgo.On(g, closes, func(e *closeEvent) error { … })
//	err := g.Run(ctx)
//
// The streams keep their own options. They can be read by the group or alone,
// but not at the same time.
type Group struct {
	order GroupOptions

	mu      sync.Mutex
	members []*groupMember
	shared  *orderer
	err     error
}

// GroupOptions change how a group delivers. nil means the zero value: each
// stream's events in that stream's own order.
type GroupOptions struct {
	// OrderBy orders the events of all streams by a field that each has, as
	// StreamOptions.OrderBy does for one. A stream with an OrderBy of its own
	// has the time there. All must be of the same clock.
	OrderBy string
	// OrderDelay is how long events are held; 0 means twice the longest Latency
	// of the streams.
	OrderDelay time.Duration
	// OrderBytes bounds the memory for held events; 0 means DefaultOrderBytes.
	OrderBytes int
}

// GroupStream is an EventStream or a RawEventStream.
type GroupStream interface {
	Err() error
	Lost() LostCounts
	Close() error
	rawStream() *RawEventStream
	accept(Record) error // makes a record the stream's current event
}

type groupMember struct {
	stream GroupStream
	call   func() error // nil for streams that were added without
	times  []timeField  // for the group's order
}

// NewGroup makes a group without streams.
func NewGroup(o *GroupOptions) *Group {
	g := new(Group)
	if o != nil {
		g.order = *o
	}
	return g
}

// On adds a stream to a group and says what to call with each event, which is
// valid until f returns. An error of f ends Group.Run, which returns it. The
// error of On itself is also kept: Run returns it if there was one.
func On[T any](g *Group, s *EventStream[T], f func(*T) error) error {
	if f == nil {
		return g.keep(s, errNoCallback)
	}
	return g.add(s, func() error { return f(s.Event()) })
}

// OnRaw is On for a stream without a Go type. The record is valid until f
// returns.
func (g *Group) OnRaw(s *RawEventStream, f func(Record) error) error {
	if f == nil {
		return g.keep(s, errNoCallback)
	}
	return g.add(s, func() error { return f(s.Record()) })
}

// Add adds streams for All to read. The error is also kept for All.
func (g *Group) Add(streams ...GroupStream) error {
	for _, s := range streams {
		if err := g.add(s, nil); err != nil {
			return err
		}
	}
	return nil
}

var (
	errNoCallback = errors.New("there is no function to call with its events: give one to On, or read the group with All")
	errNoGroup    = errors.New("there is no group: make it with NewGroup")
)

func (g *Group) add(s GroupStream, call func() error) error {
	if g == nil {
		return errNoGroup
	}
	return g.keep(s, g.join(s, call))
}

// join makes s a member.
func (g *Group) join(s GroupStream, call func() error) error {
	if s == nil {
		return errNoStream
	}
	if err := s.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if m.stream.rawStream() == s.rawStream() {
			return ErrStreamBusy
		}
	}
	times, err := g.timesOf(s.rawStream())
	if err != nil {
		return err
	}
	g.members = append(g.members, &groupMember{s, call, times})
	return nil
}

// timesOf makes the group's order, if there is one, include a stream.
func (g *Group) timesOf(s *RawEventStream) ([]timeField, error) {
	if g.order.OrderBy == "" {
		return nil, nil
	}
	by := s.opts.OrderBy
	if by == "" {
		by = g.order.OrderBy
	}
	times, err := timeFields(s.name, s.types, by)
	if err != nil {
		return nil, err
	}
	o := newOrderer(g.order.OrderDelay, s.opts.Latency, g.order.OrderBytes)
	if g.shared == nil {
		g.shared = o
	}
	g.shared.delay = max(g.shared.delay, o.delay)
	return times, nil
}

// keep remembers the first error of adding a stream.
func (g *Group) keep(s GroupStream, err error) error {
	if err == nil || g == nil {
		return err
	}
	name := "a stream"
	if s != nil && s.rawStream() != nil {
		name = "buffer " + s.rawStream().name
	}
	err = fmt.Errorf("add %s to the group: %w", name, err)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
	}
	return err
}

// prune forgets the streams that were closed.
func (g *Group) prune() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members = slices.DeleteFunc(slices.Clone(g.members), func(m *groupMember) bool {
		return m.stream.rawStream().closed.Load()
	})
}
