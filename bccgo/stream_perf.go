package bccgo

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
)

// perfSource reads a perf buffer.
type perfSource struct {
	reader *perf.Reader
	opts   StreamOptions
	rec    perf.Record
	limit  time.Duration // of a wait

	marks   *marker
	fullest int // most bytes seen in a CPU's part since the losses were settled
	settled time.Time
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

// openPerf opens a buffer whose table is acquired.
func openPerf(t *Table, m *ebpf.Map, o StreamOptions) (*perfSource, error) {
	if o.Pages < 0 || o.Pages&(o.Pages-1) != 0 {
		return nil, errors.New("StreamOptions.Pages must be a power of two")
	}
	cpus := int(m.MaxEntries())
	size := o.Pages * os.Getpagesize()
	if o.Pages == 0 {
		size = perfSize(cpus)
	}
	opts := perf.ReaderOptions{Watermark: size / wakeFraction}
	if o.Immediate {
		opts = perf.ReaderOptions{WakeupEvents: 1}
	}
	r, err := perf.NewReaderWithOptions(m, size, opts)
	if err != nil {
		return nil, err
	}
	s := &perfSource{reader: r, opts: o, marks: newMarker(t, cpus)}
	s.within(noLimit)
	return s, nil
}

func (s *perfSource) within(d time.Duration) {
	s.limit = d
	s.rearm()
}

// rearm bounds the next wait for the watermark, so that no event waits longer
// than the latency.
func (s *perfSource) rearm() {
	latency := s.opts.Latency
	if s.opts.Immediate {
		latency = noLimit
	}
	s.reader.SetDeadline(waitUntil(latency, s.limit))
}

func (s *perfSource) read(r *Record) (bool, error) {
	r.lost = 0
	if err := s.reader.ReadInto(&s.rec); err != nil {
		return false, s.ended(err)
	}
	if s.rec.LostSamples > 0 {
		r.CPU, r.lost = s.rec.CPU, s.marks.notMarks(s.rec.CPU, s.rec.LostSamples)
		return false, nil
	}
	if s.marks.took(s.rec.RawSample) {
		return false, nil
	}
	s.fullest = max(s.fullest, s.rec.Remaining)
	r.CPU, r.Data = s.rec.CPU, s.rec.RawSample
	return true, nil
}

// ended tells what a read without a record means; nil means to go on.
func (s *perfSource) ended(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		if time.Since(s.settled) >= s.opts.Latency {
			s.settle()
		}
		s.rearm()
		return nil
	case errors.Is(err, perf.ErrFlushed):
		return errFlushed
	case errors.Is(err, perf.ErrClosed):
		return io.ErrClosedPipe
	}
	return err
}

// perfLongest is more than the longest record.
const perfLongest = 64 << 10

// settle sends marks if a part of the buffer may have been full. If an event
// found no room, then at least half of what remains without the event's length
// was taken, either when the reader last looked before that or when it first
// looked after it; and fullest leaves out the first record that it then saw.
func (s *perfSource) settle() {
	if 2*s.fullest+3*perfLongest < s.reader.BufferSize() {
		return
	}
	s.fullest, s.settled = 0, time.Now()
	s.marks.send()
}

func (s *perfSource) exact() bool { return s.marks.failure() == nil }

func (s *perfSource) flush() error { return s.reader.Flush() }

func (s *perfSource) close() error { return errors.Join(s.marks.close(), s.reader.Close()) }
