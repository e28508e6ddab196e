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

// Default sizes of a perf buffer: what all CPUs share, and what each gets at
// most and at least.
const (
	perfTotal = 8 << 20
	perfMost  = 1 << 20
	perfLeast = 256 << 10
)

// perfSize is the default size in bytes of each of n CPUs' buffers, a power of
// two. A megabyte lasts 20 ms at a million small events a second: as long as a
// reader on a busy host may wait for its turn.
func perfSize(n int) int {
	size := perfMost
	for size > perfLeast && size*n > perfTotal {
		size /= 2
	}
	return size
}

// wakeFraction is the part of a buffer that wakes the reader when full. The
// rest is for what comes until the reader runs.
const wakeFraction = 4

func openPerf(m *ebpf.Map, o StreamOptions) (*perfSource, error) {
	if o.Pages < 0 || o.Pages&(o.Pages-1) != 0 {
		return nil, errors.New("StreamOptions.Pages must be a power of two")
	}
	size := o.Pages * os.Getpagesize()
	if o.Pages == 0 {
		size = perfSize(int(m.MaxEntries()))
	}
	opts := perf.ReaderOptions{Watermark: size / wakeFraction}
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
	if err := s.reader.ReadInto(&s.rec); err != nil {
		return false, s.ended(err)
	}
	if s.rec.LostSamples > 0 {
		s.count(s.rec.CPU, s.rec.LostSamples)
		return false, nil
	}
	r.CPU, r.Data = s.rec.CPU, s.rec.RawSample
	return true, nil
}

// ended tells what a read without a record means; nil means to go on.
func (s *perfSource) ended(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.rearm()
		return nil
	case errors.Is(err, perf.ErrFlushed):
		return errFlushed
	case errors.Is(err, perf.ErrClosed):
		return io.ErrClosedPipe
	}
	return err
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
