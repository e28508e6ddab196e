package bccgo

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// readLoop reads streams in turn and hands their events to each stream's take,
// in order where that was asked for. Everything but the waiting happens in the
// caller's goroutine, and nothing goes on between calls: so a take that fails
// or panics leaves streams that can be read further, and closed.
//
// The caller must have begun all streams.
type readLoop struct {
	streams []*RawEventStream
	shared  *orderer // of all streams; nil if each has its own or none
	more    bool     // a stream was left for others before it was empty
	took    int      // events delivered
}

// atOnce is how many records are read from one stream before it is another's
// turn, and before the clock is looked at.
const atOnce = 256

// run delivers until ctx ends or all streams are closed, then what is left.
func (l *readLoop) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, l.flush)
	defer stop()
	for ctx.Err() == nil && l.open() {
		if err := l.once(noLimit); err != nil {
			return err
		}
	}
	return l.finish()
}

// once waits for events, but no longer than d, and delivers what there is.
func (l *readLoop) once(d time.Duration) error {
	l.wait(d)
	l.more = false
	for _, s := range l.streams {
		if err := l.drain(s); err != nil {
			return err
		}
	}
	return l.release(time.Now())
}

// open reports whether a stream can still have events.
func (l *readLoop) open() bool {
	for _, s := range l.streams {
		if s.ended == nil {
			return true
		}
	}
	return false
}

func (l *readLoop) flush() {
	for _, s := range l.streams {
		s.flush()
	}
}

// wait returns when a stream has something in hand, when a held event is due,
// or when d is over. Several streams wait at once, each in a goroutine that
// ends here.
func (l *readLoop) wait(d time.Duration) {
	if due := l.due(time.Now()); due >= 0 && (d < 0 || due < d) {
		d = due
	}
	var waiting []*RawEventStream
	for _, s := range l.streams {
		if s.inHand || l.more {
			return
		}
		if s.ended == nil {
			waiting = append(waiting, s)
		}
	}
	if len(waiting) == 1 {
		waiting[0].fetch(d)
		return
	}
	if len(waiting) > 1 && d != 0 {
		waitForAny(waiting, d)
	}
}

func waitForAny(waiting []*RawEventStream, d time.Duration) {
	var all sync.WaitGroup
	first := make(chan struct{}, len(waiting))
	for _, s := range waiting {
		all.Go(func() {
			s.fetch(d)
			first <- struct{}{}
		})
	}
	<-first
	for _, s := range waiting {
		s.flush()
	}
	all.Wait()
}

// drain delivers what a stream has, as much as one turn allows.
func (l *readLoop) drain(s *RawEventStream) error {
	if s.ended == nil {
		s.src.within(0)
	}
	now := time.Now()
	for range atOnce {
		if s.next() != something {
			return s.failed()
		}
		if err := l.receive(s, now); err != nil {
			return err
		}
	}
	l.more = true
	return nil
}

// receive delivers or holds what a stream has in hand.
func (l *readLoop) receive(s *RawEventStream, now time.Time) error {
	s.inHand = false
	if s.hand.lost > 0 {
		s.lose(s.hand)
		return nil
	}
	if o := l.orderOf(s); o != nil {
		return o.hold(s, s.hand, now, l.deliver)
	}
	return l.deliver(s, s.hand)
}

func (l *readLoop) deliver(s *RawEventStream, r Record) error {
	l.took++
	s.cur = r
	return s.take(r)
}

// finish delivers what is left in the buffers and all held events.
func (l *readLoop) finish() error {
	for _, s := range l.streams {
		// What is flushed the first time may be a wait of earlier.
		for range 2 {
			if err := l.empty(s); err != nil {
				return err
			}
		}
	}
	for _, o := range l.orders() {
		if err := o.releaseAll(l.deliver); err != nil {
			return err
		}
	}
	return nil
}

// empty delivers or holds what was in a stream's buffer at the time of the
// call, and then makes the kernel tell of losses.
func (l *readLoop) empty(s *RawEventStream) error {
	if s.ended == nil {
		s.src.within(noLimit)
		s.flush()
	}
	for s.ended == nil || s.inHand {
		switch s.next() {
		case something:
			if err := l.receive(s, time.Now()); err != nil {
				return err
			}
		case flushed:
			s.src.settle()
			return nil
		}
	}
	return s.failed()
}

// orderOf is what orders a stream's events, nil for nothing.
func (l *readLoop) orderOf(s *RawEventStream) *orderer {
	if l.shared != nil {
		return l.shared
	}
	return s.order
}

// orders are all in use.
func (l *readLoop) orders() []*orderer {
	if l.shared != nil {
		return []*orderer{l.shared}
	}
	var own []*orderer
	for _, s := range l.streams {
		if s.order != nil {
			own = append(own, s.order)
		}
	}
	return own
}

// due is how long the next held event has to wait, negative if none is held.
func (l *readLoop) due(now time.Time) time.Duration {
	next := noLimit
	for _, o := range l.orders() {
		if d := o.due(now); d >= 0 && (next < 0 || d < next) {
			next = d
		}
	}
	return next
}

// release delivers the held events that are due.
func (l *readLoop) release(now time.Time) error {
	for _, o := range l.orders() {
		if err := o.release(now, l.deliver); err != nil {
			return err
		}
	}
	return nil
}

// got is what a read brought.
type got int

const (
	nothing   got = iota // the wait is over, or the source ended
	something            // the stream has it in hand
	flushed              // what was there at a flush was read
)

// next makes sure that there is something in hand, if it can.
func (s *RawEventStream) next() got {
	if s.inHand {
		return something
	}
	if s.ended != nil {
		return nothing
	}
	ok, err := s.src.read(&s.hand)
	switch {
	case err == errFlushed:
		return flushed
	case err != nil:
		s.ended = err
		return nothing
	}
	if s.inHand = ok || s.hand.lost > 0; s.inHand {
		return something
	}
	return nothing
}

// fetch waits until there is something in hand, d is over, or flush is called.
func (s *RawEventStream) fetch(d time.Duration) {
	s.src.within(d)
	start := time.Now()
	for s.next() == nothing && s.ended == nil && (d < 0 || time.Since(start) < d) {
	}
}

// failed is the error that ended the source, if it was one.
func (s *RawEventStream) failed() error {
	if s.ended == nil || errors.Is(s.ended, io.ErrClosedPipe) {
		return nil
	}
	return s.fail(s.ended)
}
