package bccgo

import (
	"context"
	"errors"
	"iter"
)

// Run calls the functions given with On until ctx ends; then with what is still
// in the buffers, and returns nil. It does so as well when all streams have
// been closed.
//
// An error of a function, or of reading, ends it, and so does a panic, which is
// the caller's. No event is lost by that: the streams stay open, and Run may be
// called again to go on with the next.
func (g *Group) Run(ctx context.Context) error {
	return g.read(func(l *readLoop) error { return l.run(ctx) }, callEach)
}

// callEach is what Run does with an event.
func callEach(m *groupMember, err error) error {
	switch {
	case err != nil:
		return err
	case m.call == nil:
		return errNoCallback
	}
	return m.call()
}

// All delivers, for each event of any stream, the stream it came from: which
// has it as its EventStream.Event or RawEventStream.Record until the next.
//
//	for s, err := range g.All(ctx) {
//		switch s {
//		case opens:
//			fmt.Println(opens.Event().PID)
//
// It ends as Run does. An error is the last element, but for a
// *ShortEventError: a loop that goes on gets the next event. Functions given
// with On are not called.
func (g *Group) All(ctx context.Context) iter.Seq2[GroupStream, error] {
	return func(yield func(GroupStream, error) bool) {
		err := g.read(func(l *readLoop) error { return l.run(ctx) }, func(m *groupMember, err error) error {
			if !yield(m.stream, err) {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(nil, err)
		}
	}
}

// read makes the caller the reader of all streams that are open while it runs a
// loop over them.
func (g *Group) read(run func(*readLoop) error, take func(*groupMember, error) error) error {
	if g == nil {
		return errNoGroup
	}
	members, err := g.usable()
	if err != nil {
		return err
	}
	loop := readLoop{shared: g.shared}
	defer func() {
		for _, s := range loop.streams {
			s.release()
		}
	}()
	var closed error
	for _, m := range members {
		s := m.stream.rawStream()
		switch err := s.begin(); {
		case errors.Is(err, ErrStreamClosed), errors.Is(err, ErrClosed):
			closed = err
			continue
		case err != nil:
			return err
		}
		if g.shared != nil {
			s.times = m.times
		}
		s.take = func(r Record) error { return take(m, m.stream.accept(r)) }
		loop.streams = append(loop.streams, s)
	}
	if len(loop.streams) == 0 {
		return closed
	}
	return run(&loop)
}

// usable are the members, if all could be added.
func (g *Group) usable() ([]*groupMember, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil && len(g.members) == 0 {
		return nil, errNoStreams
	}
	return g.members[:len(g.members):len(g.members)], g.err
}

var errNoStreams = errors.New("the group has no streams: add some with On or Add")

// Ordered says how the group's ordering went so far.
func (g *Group) Ordered() OrderCounts {
	if g == nil {
		return OrderCounts{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shared == nil {
		return OrderCounts{}
	}
	return g.shared.counts()
}

// Close closes all streams of the group. Their modules do it too.
func (g *Group) Close() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var errs []error
	for _, m := range g.members {
		errs = append(errs, m.stream.Close())
	}
	return errors.Join(errs...)
}
