package bccgo

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
)

// ringSource reads a ring buffer.
//
// The kernel wakes the reader for a record only if the reader has consumed all
// before it. So a reader that keeps up is woken for each record; one that
// rests a little after each round is woken once a round. How long it may rest
// follows from how fast the buffer was last seen to fill.
type ringSource struct {
	reader *ringbuf.Reader
	opts   StreamOptions
	rec    ringbuf.Record
	limit  time.Duration // of a wait

	drained int           // bytes since the last rest began
	rate    float64       // bytes a second the buffer is expected to fill with
	rested  time.Time     // when that was
	wake    chan struct{} // ends a rest
	done    chan struct{} // ends all rests
	once    sync.Once
}

func openRing(m *ebpf.Map, o StreamOptions) (*ringSource, error) {
	r, err := ringbuf.NewReader(m)
	if err != nil {
		return nil, err
	}
	return &ringSource{
		reader: r, opts: o, limit: noLimit, rested: time.Now(),
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}, nil
}

func (s *ringSource) within(d time.Duration) {
	if s.limit == 0 && d != 0 && s.drained > 0 {
		s.limit = d
		s.rest()
	}
	s.limit = d
	s.reader.SetDeadline(waitUntil(noLimit, d))
}

// ringHeader is what the kernel puts before each record (BPF_RINGBUF_HDR_SZ).
const ringHeader = 8

func (s *ringSource) read(r *Record) (bool, error) {
	r.lost = 0
	if err := s.reader.ReadInto(&s.rec); err != nil {
		return false, s.ended(err)
	}
	r.CPU, r.Data = -1, s.rec.RawSample
	s.drained += len(s.rec.RawSample) + ringHeader
	if s.rec.Remaining == 0 && s.limit != 0 {
		s.rest()
	}
	return true, nil
}

// ended tells what a read without a record means; nil means to go on.
func (s *ringSource) ended(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.reader.SetDeadline(waitUntil(noLimit, s.limit))
		return nil
	case errors.Is(err, ringbuf.ErrFlushed):
		return errFlushed
	case errors.Is(err, ringbuf.ErrClosed):
		return io.ErrClosedPipe
	}
	return err
}

// minRest is the shortest rest that pays for the timer.
const minRest = 200 * time.Microsecond

// rest lets the buffer fill to a quarter at the rate seen since the last rest,
// but never longer than a tenth of the latency. The rate seen before counts for
// half, since a producer that paused may go on as fast. Buffers that fill slowly
// get no rest: their records are worth a wake-up each.
func (s *ringSource) rest() {
	now := time.Now()
	elapsed := now.Sub(s.rested)
	s.rested = now
	s.rate = max(float64(s.drained)/max(elapsed.Seconds(), 1e-6), s.rate/2)
	s.drained = 0
	quarter := float64(s.reader.BufferSize()) / 4
	pause := min(time.Duration(quarter/s.rate*float64(time.Second)), s.opts.Latency/10)
	if s.limit > 0 {
		pause = min(pause, s.limit)
	}
	if busy := s.rate*minRest.Seconds() > 10*ringHeader; busy && pause >= minRest && !s.opts.Immediate {
		select {
		case <-s.done:
		case <-s.wake:
		case <-time.After(pause):
		}
	}
}

// settle finds nothing: the kernel keeps no count of losses for ring buffers.
// The program knows, from the result of ringbuf_output and ringbuf_reserve.
func (s *ringSource) settle() {}

func (s *ringSource) exact() bool { return true }

func (s *ringSource) flush() error {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.reader.Flush()
}

func (s *ringSource) close() error {
	s.once.Do(func() { close(s.done) })
	return s.reader.Close()
}
