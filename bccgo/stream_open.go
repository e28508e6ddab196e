package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// RawStream opens a perf buffer or a ring buffer without a Go type. An error is
// returned by Err, and by All as its only element.
//
// A buffer has one stream at a time, since two would take each other's events.
func (m *Module) RawStream(name string, o *StreamOptions) *RawEventStream {
	types, err := m.eventLayouts(name)
	if err != nil {
		return failedStream(name, err)
	}
	s, err := m.openStream(name, types, o.orDefault())
	if err != nil {
		return failedStream(name, err)
	}
	return s
}

// openStream opens a buffer that carries the given types.
func (m *Module) openStream(name string, types []*layout.Type, o StreamOptions) (*RawEventStream, error) {
	s := &RawEventStream{name: name, module: m, opts: o, types: types, cur: Record{CPU: -1}}
	if err := s.orderBy(o.OrderBy); err != nil {
		return nil, err
	}
	if err := m.reserve(name); err != nil {
		return nil, fmt.Errorf("open buffer %s: %w", name, err)
	}
	src, err := m.openSource(name, o)
	if err != nil {
		m.vacate(name)
		return nil, fmt.Errorf("open buffer %s: %w", name, err)
	}
	s.src = src
	if err := m.own(s); err != nil {
		m.vacate(name)
		return nil, errors.Join(fmt.Errorf("open buffer %s: %w", name, err), src.close())
	}
	return s, nil
}

// openSource opens the buffer's own reader, which keeps the buffer open for
// itself from then on.
func (m *Module) openSource(name string, o StreamOptions) (eventSource, error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	if _, err := t.acquire(); err != nil {
		return nil, err
	}
	defer t.release()
	if t.Kind() == ebpf.RingBuf {
		return openRing(t.raw, o)
	}
	return openPerf(t, t.raw, o)
}

// reserve keeps a buffer for one stream.
func (m *Module) reserve(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return errClosed
	case m.reserved[name]:
		return ErrStreamOpen
	}
	m.reserved[name] = true
	return nil
}

// vacate gives a buffer free.
func (m *Module) vacate(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.reserved, name)
}

// own makes the module close c.
func (m *Module) own(c io.Closer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	m.streams[c] = struct{}{}
	return nil
}

func (m *Module) disown(c io.Closer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.streams, c)
}

// eventLayouts are the C types a buffer carries, as far as the program shows.
func (m *Module) eventLayouts(name string) ([]*layout.Type, error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	if !isBuffer(t.Kind()) {
		return nil, t.kindError("stream", anyBuffer)
	}
	return t.events()
}

func isBuffer(t ebpf.MapType) bool { return t == ebpf.PerfEventArray || t == ebpf.RingBuf }

const anyBuffer = "a BPF_PERF_OUTPUT or BPF_RINGBUF_OUTPUT"
