package bccgo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"

	"github.com/bccgo/bcc/bccgo/internal/ctypes"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// EventStream delivers a buffer's events as values of a Go type. It is read by
// one goroutine at a time: another gets ErrStreamBusy.
type EventStream[T any] struct {
	raw *RawEventStream
	ev  T
}

// Stream opens a perf buffer (BPF_PERF_OUTPUT) or a ring buffer
// (BPF_RINGBUF_OUTPUT) for reading. T is checked against the C struct that the
// program sends: a difference is a *LayoutError that shows a Go struct that
// fits. An error is returned by Err, and by All as its only element.
//
// A buffer has one stream at a time, since two would take each other's events.
func Stream[T any](m *Module, name string, o *StreamOptions) *EventStream[T] {
	types, err := m.eventLayouts(name)
	if err == nil {
		types, err = fitting[T](types, name)
	}
	if err != nil {
		return &EventStream[T]{raw: failedStream(name, err)}
	}
	opts := o.orDefault()
	opts.OrderBy = taggedName[T](opts.OrderBy)
	raw, err := m.openStream(name, types, opts)
	if err != nil {
		raw = failedStream(name, err)
	}
	return &EventStream[T]{raw: raw}
}

// fitting selects the structs of a buffer that T fits.
func fitting[T any](types []*layout.Type, name string) ([]*layout.Type, error) {
	fit, err := ctypes.Fitting(types, layout.GoTypeOf(reflect.TypeFor[T]()), name)
	if err != nil {
		return nil, &LayoutError{Op: "stream", Table: name, Err: err}
	}
	return fit, nil
}

// Err is the reason the stream could not be opened or stopped, nil if there is
// none.
func (s *EventStream[T]) Err() error { return s.rawStream().Err() }

// All delivers events until ctx ends; then those still in the buffer, and
// stops. It stops as well, without an error, when the stream is closed.
//
// An error is the last element, but for a *ShortEventError, which is about one
// event: a loop that goes on gets the next.
//
// It allocates nothing per event.
func (s *EventStream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for rec, err := range s.rawStream().All(ctx) {
			if err == nil {
				err = s.accept(rec)
			}
			if err != nil {
				var zero T
				if !yield(zero, err) {
					return
				}
				continue
			}
			if !yield(s.ev, nil) {
				return
			}
		}
	}
}

// Each calls f with every event until ctx ends or f returns an error, which
// Each then returns. A *ShortEventError is returned too; Each may be called
// again to go on after it. The event is valid until f returns.
func (s *EventStream[T]) Each(ctx context.Context, f func(*T) error) error {
	for rec, err := range s.rawStream().All(ctx) {
		if err == nil {
			err = s.accept(rec)
		}
		if err == nil {
			err = f(&s.ev)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// accept makes a record the current event.
func (s *EventStream[T]) accept(rec Record) error {
	err := layout.Copy(&s.ev, rec.Data)
	if err == nil {
		return nil
	}
	return shortEvent(s.raw.name, err)
}

// Event is the event delivered last, valid until the next. It is for the
// goroutine that reads, as are CPU and Rest.
func (s *EventStream[T]) Event() *T { return &s.ev }

// CPU is where the event delivered last was sent, -1 if the buffer does not
// tell.
func (s *EventStream[T]) CPU() int { return s.rawStream().Record().CPU }

// Rest is what followed the struct in the event delivered last: the bytes of
// the packet that perf_submit_skb sends along, or what a program sends that
// gives a length greater than the struct's. It is valid until the next event.
// Perf buffers pad it: up to 7 bytes at the end mean nothing.
func (s *EventStream[T]) Rest() []byte {
	data := s.rawStream().Record().Data
	return data[min(len(layout.Bytes(&s.ev)), len(data)):]
}

// Lost says how many events did not arrive so far.
func (s *EventStream[T]) Lost() LostCounts { return s.rawStream().Lost() }

// Ordered says how ordering went so far.
func (s *EventStream[T]) Ordered() OrderCounts { return s.rawStream().Ordered() }

// Close stops the delivery. The module's Close does it too. A read that is
// under way in another goroutine ends. Closing again does nothing.
func (s *EventStream[T]) Close() error { return s.rawStream().Close() }

// rawStream is the stream below; a nil or zero stream has one that failed.
func (s *EventStream[T]) rawStream() *RawEventStream {
	if s == nil {
		return nil
	}
	return s.raw
}

// ShortEventError means that an event has fewer bytes than the struct it was to
// be read as. It concerns that event alone.
type ShortEventError struct {
	// Buffer is the buffer's name.
	Buffer string
	// Want is the size of the struct, Got that of the event, in bytes.
	Want, Got int
}

func (e *ShortEventError) Error() string {
	return fmt.Sprintf("an event of %s has %d bytes, fewer than the %d of its type: does the program send several structs?",
		e.Buffer, e.Got, e.Want)
}

// shortEvent turns the error of decoding into a typed one.
func shortEvent(name string, err error) error {
	var short *layout.Truncated
	if errors.As(err, &short) {
		return &ShortEventError{Buffer: name, Want: short.Want, Got: short.Got}
	}
	return fmt.Errorf("decode event of %s: %w", name, err)
}
