package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Record is an event as it came: Data is valid until the next record is read.
// Perf buffers pad Data to 8 bytes.
type Record struct {
	// CPU is where the event was sent, -1 if the buffer does not tell.
	CPU  int
	Data []byte

	lost uint64 // instead of an event: that many were lost on the CPU
}

// RawEventStream delivers a buffer's events as bytes. It is read by one
// goroutine at a time: another gets ErrStreamBusy.
type RawEventStream struct {
	name   string
	module *Module
	src    eventSource
	opts   StreamOptions
	types  []*layout.Type
	losses lossCounter

	busy   atomic.Bool // a goroutine reads
	closed atomic.Bool
	mu     sync.Mutex
	err    error

	// What follows belongs to the goroutine that reads.
	hand   Record // the record read last
	inHand bool   // it was not delivered yet
	ended  error  // why src has no more
	cur    Record // the record delivered last
	take   func(Record) error
	times  []timeField
	order  *orderer // nil without OrderBy
}

// Errors of reading streams, for errors.Is.
var (
	// ErrStreamBusy means that a stream is being read, by another goroutine or
	// by the loop that the call was made from.
	ErrStreamBusy = errors.New("it is already being read: a stream has one reader at a time")
	// ErrStreamClosed means that a stream was closed before the call.
	ErrStreamClosed = errors.New("it was closed")
	// ErrStreamOpen means that a buffer has a stream already. Close that first.
	ErrStreamOpen = errors.New("it is open already, and two streams would take each other's events: close the other first")
)

var errNoStream = errors.New("there is no stream: make it with Stream or RawStream")

func failedStream(name string, err error) *RawEventStream {
	return &RawEventStream{name: name, err: err}
}

// Err is the reason the stream could not be opened or stopped, nil if there is
// none.
func (s *RawEventStream) Err() error {
	if s == nil {
		return errNoStream
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.src == nil {
		return errNoStream
	}
	return s.err
}

func (s *RawEventStream) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = fmt.Errorf("read buffer %s: %w", s.name, err)
	return s.err
}

// begin makes the caller the reader until release is called.
func (s *RawEventStream) begin() error {
	if err := s.Err(); err != nil {
		return err
	}
	if !s.busy.CompareAndSwap(false, true) {
		return fmt.Errorf("read buffer %s: %w", s.name, ErrStreamBusy)
	}
	if s.closed.Load() {
		s.busy.Store(false)
		return fmt.Errorf("read buffer %s: %w", s.name, s.module.whyClosed())
	}
	return nil
}

func (s *RawEventStream) release() { s.busy.Store(false) }

// whyClosed is the error of using what belongs to the module and was closed.
func (m *Module) whyClosed() error {
	if m.isClosed() {
		return ErrClosed
	}
	return ErrStreamClosed
}

// All delivers records until ctx ends; then those still in the buffer, and
// stops. It stops as well, without an error, when the stream is closed. A
// record's bytes are valid until the next one is asked for. An error is the
// last element.
func (s *RawEventStream) All(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if err := s.begin(); err != nil {
			yield(Record{}, err)
			return
		}
		defer s.release()
		err := s.run(ctx, yield)
		if err != nil && err != errStop {
			yield(Record{}, err)
		}
	}
}

// errStop ends a loop whose consumer has enough.
var errStop = errors.New("stop")

func (s *RawEventStream) run(ctx context.Context, yield func(Record, error) bool) error {
	if s.order == nil && !s.inHand {
		return s.straight(ctx, yield)
	}
	s.take = func(r Record) error {
		if !yield(r, nil) {
			return errStop
		}
		return nil
	}
	return (&readLoop{streams: []*RawEventStream{s}}).run(ctx)
}

// straight is the loop without anything held back.
func (s *RawEventStream) straight(ctx context.Context, yield func(Record, error) bool) error {
	stop := context.AfterFunc(ctx, s.flush)
	defer stop()
	s.src.within(noLimit)
	for settled := false; ; {
		ok, err := s.src.read(&s.cur)
		switch {
		case ok:
			if !yield(s.cur, nil) {
				return errStop
			}
		case s.cur.lost > 0:
			s.lose(s.cur)
		case err == errFlushed && ctx.Err() == nil: // by an earlier reader
		case err == errFlushed && !settled:
			settled = true
			s.src.settle()
			s.flush()
		case err == errFlushed || errors.Is(err, io.ErrClosedPipe):
			return nil
		case err != nil:
			return s.fail(err)
		}
	}
}

// lose counts lost events and tells of them.
func (s *RawEventStream) lose(r Record) {
	s.losses.add(r.CPU, r.lost)
	if s.opts.OnLost != nil {
		s.opts.OnLost(r.CPU, r.lost)
	}
}

// flush makes a read in progress return what there is and then end. It can fail
// only if the source is closed, which ends the read as well.
func (s *RawEventStream) flush() {
	if s.src.flush() != nil {
		_ = s.src.close()
	}
}

// Record is the record delivered last, for the goroutine that reads.
func (s *RawEventStream) Record() Record {
	if s == nil {
		return Record{CPU: -1}
	}
	return s.cur
}

func (s *RawEventStream) rawStream() *RawEventStream { return s }

// accept has nothing to do: the loop sets the current record.
func (s *RawEventStream) accept(Record) error { return nil }

// Lost says how many events did not arrive so far.
func (s *RawEventStream) Lost() LostCounts {
	if s == nil || s.src == nil {
		return LostCounts{}
	}
	if _, ring := s.src.(*ringSource); ring {
		return LostCounts{}
	}
	l := s.losses.counts()
	l.AtLeast = !s.src.exact()
	return l
}

// Close stops the delivery. The module's Close does it too. A read that is
// under way in another goroutine ends. Closing again does nothing.
func (s *RawEventStream) Close() error {
	if s == nil || s.src == nil || !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	s.module.disown(s)
	defer s.module.vacate(s.name)
	return s.src.close()
}
