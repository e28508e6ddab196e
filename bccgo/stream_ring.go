package bccgo

import (
	"errors"
	"io"
	"os"
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

	drained int       // bytes since the last rest
	rested  time.Time // when that was
	done    chan struct{}
}

func openRing(m *ebpf.Map, o StreamOptions) (*ringSource, error) {
	r, err := ringbuf.NewReader(m)
	if err != nil {
		return nil, err
	}
	return &ringSource{reader: r, opts: o, rested: time.Now(), done: make(chan struct{})}, nil
}

// ringHeader is what the kernel puts before each record (BPF_RINGBUF_HDR_SZ).
const ringHeader = 8

func (s *ringSource) read(r *Record) (bool, error) {
	err := s.reader.ReadInto(&s.rec)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	case errors.Is(err, ringbuf.ErrFlushed):
		return false, errFlushed
	case errors.Is(err, ringbuf.ErrClosed):
		return false, io.ErrClosedPipe
	default:
		return false, err
	}
	r.CPU, r.Data = -1, s.rec.RawSample
	s.drained += len(s.rec.RawSample) + ringHeader
	if s.rec.Remaining == 0 {
		s.rest()
	}
	return true, nil
}

// minRest is the shortest rest that pays for the timer.
const minRest = 200 * time.Microsecond

// rest lets the buffer fill to a quarter at the rate seen since the last rest,
// but never longer than a tenth of the latency. Buffers that fill slowly get
// no rest: their records are worth a wake-up each.
func (s *ringSource) rest() {
	elapsed := time.Since(s.rested)
	rate := float64(s.drained) / max(elapsed.Seconds(), 1e-6) // bytes a second
	s.drained = 0
	quarter := float64(s.reader.BufferSize()) / 4
	pause := min(time.Duration(quarter/rate*float64(time.Second)), s.opts.Latency/10)
	if busy := rate*minRest.Seconds() > 10*ringHeader; busy && pause >= minRest && !s.opts.Immediate {
		select {
		case <-s.done:
		case <-time.After(pause):
		}
	}
	s.rested = time.Now()
}

// lost is always nothing: the kernel keeps no count for ring buffers. The
// program knows, from the result of ringbuf_output and ringbuf_reserve.
func (s *ringSource) lost() LostCounts { return LostCounts{} }

func (s *ringSource) flush() error { return s.reader.Flush() }

func (s *ringSource) close() error {
	select {
	case <-s.done:
		return nil
	default:
		close(s.done)
	}
	return s.reader.Close()
}
