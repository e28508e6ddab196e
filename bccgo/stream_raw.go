package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// RawEventStream delivers a buffer's events as bytes.
type RawEventStream struct {
	name   string
	module *Module
	src    eventSource
	types  []*layout.Type
	err    error
}

// RawStream opens a perf buffer or a ring buffer without a Go type. An error is
// returned by Err, and by All as its only element.
func (m *Module) RawStream(name string, o *StreamOptions) *RawEventStream {
	s, err := m.openStream(name, o.orDefault())
	if err != nil {
		return &RawEventStream{name: name, err: err}
	}
	return s
}

func (m *Module) openStream(name string, o StreamOptions) (*RawEventStream, error) {
	types, err := m.eventLayouts(name)
	if err != nil {
		return nil, err
	}
	src, err := m.openSource(name, o)
	if err != nil {
		return nil, fmt.Errorf("open buffer %s: %w", name, err)
	}
	s := &RawEventStream{name: name, module: m, src: src, types: types}
	if err := m.own(s); err != nil {
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
	return openPerf(t.raw, o)
}

// Err is the reason the stream could not be opened, nil if there is none.
func (s *RawEventStream) Err() error { return s.err }

// All delivers records until ctx ends; then those still in the buffer, and
// stops. A record's bytes are valid until the next one is asked for. An error
// is the last element.
func (s *RawEventStream) All(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if s.err != nil {
			yield(Record{}, s.err)
			return
		}
		stop := context.AfterFunc(ctx, s.flush)
		defer stop()
		var rec Record
		for {
			ok, err := s.src.read(&rec)
			if err != nil {
				if !errors.Is(err, errFlushed) && !errors.Is(err, io.ErrClosedPipe) {
					yield(Record{}, fmt.Errorf("read buffer %s: %w", s.name, err))
				}
				return
			}
			if ok && !yield(rec, nil) {
				return
			}
		}
	}
}

// flush makes a read in progress return what there is and then end. It can fail
// only if the source is closed, which ends the read as well.
func (s *RawEventStream) flush() {
	if s.src.flush() != nil {
		_ = s.src.close()
	}
}

// Decode reads a record's bytes as the C struct that the program sends: of
// several, the one whose size the record has. It is an error if the program
// does not show what it sends.
func (s *RawEventStream) Decode(r Record) (Value, error) {
	typ := s.typeOf(len(r.Data))
	if typ == nil {
		return Value{}, &LayoutError{Op: "decode event of", Table: s.name, Err: errors.New("its C type is not known")}
	}
	v, err := typ.Decode(r.Data)
	if err != nil {
		return v, fmt.Errorf("decode event of %s: %w", s.name, err)
	}
	return v, nil
}

// perfHeader is the size that the kernel puts before a perf record's data; the
// two together are padded to 8 bytes.
const perfHeader = 4

func (s *RawEventStream) typeOf(size int) *layout.Type {
	for _, t := range s.types {
		if t.Size == size || roundUp8(t.Size+perfHeader)-perfHeader == size {
			return t
		}
	}
	if len(s.types) > 0 {
		return s.types[0]
	}
	return nil
}

// Typed tells whether Decode knows a C struct.
func (s *RawEventStream) Typed() bool { return len(s.types) > 0 }

// Lost says how many events did not arrive so far.
func (s *RawEventStream) Lost() LostCounts {
	if s.src == nil {
		return LostCounts{}
	}
	return s.src.lost()
}

// Close stops the delivery. The module's Close does it too.
func (s *RawEventStream) Close() error {
	if s.src == nil {
		return nil
	}
	s.module.disown(s)
	return s.src.close()
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
