package bccgo

import (
	"errors"
	"io"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
)

// errFlushed ends a read after flush.
var errFlushed = errors.New("flushed")

// perfSource reads a perf buffer.
type perfSource struct {
	reader *perf.Reader
	opts   StreamOptions
	rec    perf.Record

	mu     sync.Mutex
	losses map[int]uint64
}

func openPerf(m *ebpf.Map, o StreamOptions) (*perfSource, error) {
	if o.Pages < 0 || o.Pages&(o.Pages-1) != 0 {
		return nil, errors.New("StreamOptions.Pages must be a power of two")
	}
	size := o.Pages * os.Getpagesize()
	opts := perf.ReaderOptions{Watermark: size / 2}
	if o.Immediate {
		opts = perf.ReaderOptions{WakeupEvents: 1}
	}
	r, err := perf.NewReaderWithOptions(m, size, opts)
	if err != nil {
		return nil, err
	}
	s := &perfSource{reader: r, opts: o, losses: make(map[int]uint64)}
	s.rearm()
	return s, nil
}

// rearm bounds the next wait for the watermark, so that no event waits longer
// than the latency.
func (s *perfSource) rearm() {
	if !s.opts.Immediate {
		s.reader.SetDeadline(time.Now().Add(s.opts.Latency))
	}
}

func (s *perfSource) read(r *Record) (bool, error) {
	err := s.reader.ReadInto(&s.rec)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.rearm()
		return false, nil
	case errors.Is(err, perf.ErrFlushed):
		return false, errFlushed
	case errors.Is(err, perf.ErrClosed):
		return false, io.ErrClosedPipe
	default:
		return false, err
	}
	if s.rec.LostSamples > 0 {
		s.count(s.rec.CPU, s.rec.LostSamples)
		return false, nil
	}
	r.CPU, r.Data = s.rec.CPU, s.rec.RawSample
	return true, nil
}

func (s *perfSource) count(cpu int, n uint64) {
	s.mu.Lock()
	s.losses[cpu] += n
	s.mu.Unlock()
	if s.opts.OnLost != nil {
		s.opts.OnLost(cpu, n)
	}
}

func (s *perfSource) lost() LostCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := LostCounts{PerCPU: maps.Clone(s.losses)}
	for _, n := range s.losses {
		l.Total += n
	}
	return l
}

func (s *perfSource) flush() error { return s.reader.Flush() }

func (s *perfSource) close() error { return s.reader.Close() }
