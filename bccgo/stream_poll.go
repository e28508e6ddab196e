package bccgo

import (
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"
)

// ErrNoBuffer means that a poll found no open buffer of its kind.
var ErrNoBuffer = errors.New("no buffer is open: call OpenPerfBuffer or OpenRingBuffer first")

// OpenPerfBuffer opens a perf buffer for PerfBufferPoll and PerfBufferConsume,
// which call f with the CPU and the bytes of each event, valid until f returns.
// Table.Event and Decoder read them.
//
// Stream does the same with a Go type and in a loop of its own. The stream
// returned here tells of losses and can be closed; only the polls may read it.
func (m *Module) OpenPerfBuffer(name string, f func(cpu int, data []byte), o *StreamOptions) (*RawEventStream, error) {
	var call func(Record) error
	if f != nil {
		call = func(r Record) error { f(r.CPU, r.Data); return nil }
	}
	return m.openPolled(ebpf.PerfEventArray, name, call, o)
}

// OpenRingBuffer opens a ring buffer for RingBufferPoll and RingBufferConsume,
// which call f with the bytes of each event, valid until f returns. An error of
// f ends the poll, which returns it. Else it is like OpenPerfBuffer.
func (m *Module) OpenRingBuffer(name string, f func(data []byte) error, o *StreamOptions) (*RawEventStream, error) {
	var call func(Record) error
	if f != nil {
		call = func(r Record) error { return f(r.Data) }
	}
	return m.openPolled(ebpf.RingBuf, name, call, o)
}

func (m *Module) openPolled(kind ebpf.MapType, name string, call func(Record) error, o *StreamOptions) (*RawEventStream, error) {
	t, err := m.table(name)
	switch {
	case err != nil:
		return nil, err
	case t.Kind() != kind:
		return nil, t.kindError("open buffer", "a "+bufferMacro(kind))
	case call == nil:
		return nil, fmt.Errorf("open buffer %s: there is no function to call with its events", name)
	}
	s := m.RawStream(name, o)
	if err := s.Err(); err != nil {
		return nil, err
	}
	g := m.polledGroup(kind)
	g.prune()
	if err := g.OnRaw(s, call); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func bufferMacro(kind ebpf.MapType) string {
	if kind == ebpf.RingBuf {
		return "BPF_RINGBUF_OUTPUT"
	}
	return "BPF_PERF_OUTPUT"
}

func (m *Module) polledGroup(kind ebpf.MapType) *Group {
	if kind == ebpf.RingBuf {
		return &m.ringPolled
	}
	return &m.perfPolled
}

// PerfBufferPoll waits until one of the buffers opened with OpenPerfBuffer has
// events, or for timeout (negative: without end), and calls their functions. It
// returns after a batch; so it is called in a loop. A timeout is no error.
//
// Events wait for others as long as StreamOptions.Latency allows; a timeout
// shorter than that makes them come earlier. Held events (StreamOptions.OrderBy)
// are delivered by the polls that follow.
//
// It is an error to poll without a buffer (ErrNoBuffer), from two goroutines or
// from one of the functions called (ErrStreamBusy). When the module is closed,
// also during the poll, the error is ErrClosed. A function that panics does so
// to the caller of the poll; the event it was called with is gone, and the next
// poll goes on with the one after it.
func (m *Module) PerfBufferPoll(timeout time.Duration) error {
	return m.poll(ebpf.PerfEventArray, func(l *readLoop) error { return l.poll(timeout) })
}

// PerfBufferConsume calls the functions with the events that are in the buffers
// opened with OpenPerfBuffer, without waiting. Errors are those of
// PerfBufferPoll.
func (m *Module) PerfBufferConsume() error {
	return m.poll(ebpf.PerfEventArray, (*readLoop).consume)
}

// RingBufferPoll is PerfBufferPoll for the buffers opened with OpenRingBuffer:
// one poll is for all of them.
func (m *Module) RingBufferPoll(timeout time.Duration) error {
	return m.poll(ebpf.RingBuf, func(l *readLoop) error { return l.poll(timeout) })
}

// RingBufferConsume is PerfBufferConsume for the buffers opened with
// OpenRingBuffer.
func (m *Module) RingBufferConsume() error {
	return m.poll(ebpf.RingBuf, (*readLoop).consume)
}

func (m *Module) poll(kind ebpf.MapType, run func(*readLoop) error) error {
	if m == nil {
		return fmt.Errorf("poll buffers: %w", errNoModule)
	}
	err := m.polledGroup(kind).read(run, callEach)
	switch {
	case m.isClosed() && (err == nil || errors.Is(err, errNoStreams)):
		err = ErrClosed
	case errors.Is(err, errNoStreams):
		err = ErrNoBuffer
	default:
		return err
	}
	return fmt.Errorf("poll %s buffers: %w", kind, err)
}

// poll waits for events until some were delivered or timeout is over.
func (l *readLoop) poll(timeout time.Duration) error {
	start, left := time.Now(), timeout
	for {
		if err := l.once(left); err != nil || l.took > 0 || !l.open() {
			return err
		}
		if timeout < 0 {
			continue
		}
		if left = timeout - time.Since(start); left <= 0 {
			return nil
		}
	}
}

// consume delivers what is in the buffers now.
func (l *readLoop) consume() error {
	for _, s := range l.streams {
		if err := l.empty(s); err != nil {
			return err
		}
	}
	return l.release(time.Now())
}
