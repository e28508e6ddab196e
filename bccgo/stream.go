package bccgo

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// DefaultLatency is how long an event waits at most for others to be delivered
// with, if StreamOptions does not say.
const DefaultLatency = 100 * time.Millisecond

// StreamOptions change how a buffer is read. nil means the zero value.
type StreamOptions struct {
	// Pages is the size of a perf buffer in pages per CPU, a power of two; 0
	// means 1 MiB per CPU on hosts with up to 8 CPUs, and less on larger ones,
	// down to 256 KiB. A ring buffer's size stands in the C text.
	Pages int
	// Latency is how long an event may wait for others before it is delivered;
	// 0 means DefaultLatency. Waking up is most of what an event costs.
	Latency time.Duration
	// Immediate delivers each event at once, at the price of a wake-up each.
	Immediate bool
	// OnLost is called with the CPU and the number of events lost there, from
	// the goroutine that reads. Without it losses are only counted.
	OnLost func(cpu int, lost uint64)
}

func (o *StreamOptions) orDefault() StreamOptions {
	var out StreamOptions
	if o != nil {
		out = *o
	}
	if out.Latency <= 0 {
		out.Latency = DefaultLatency
	}
	return out
}

// Record is an event as it came: Data is valid until the next record is read.
// Perf buffers pad Data to 8 bytes.
type Record struct {
	// CPU is where the event was sent, -1 if the buffer does not tell.
	CPU  int
	Data []byte
}

// source is a perf buffer or a ring buffer.
type eventSource interface {
	// read returns the next record, or none when flushed or past the latency.
	read(*Record) (ok bool, err error)
	// flush makes read return what there is and then report errFlushed.
	flush() error
	lost() LostCounts
	close() error
}

// LostCounts says how many events did not arrive.
type LostCounts struct {
	// Total counts all, PerCPU those of each CPU (nil for ring buffers).
	Total  uint64
	PerCPU map[int]uint64
}

// EventStream delivers a buffer's events as values of a Go type. It is read by
// one goroutine at a time.
type EventStream[T any] struct {
	raw *RawEventStream
	err error
}

// Stream opens a perf buffer (BPF_PERF_OUTPUT) or a ring buffer
// (BPF_RINGBUF_OUTPUT) for reading. T is checked against the C struct that the
// program sends: a difference is a *LayoutError that shows a Go struct that
// fits. An error is returned by Err, and by All as its only element.
func Stream[T any](m *Module, name string, o *StreamOptions) *EventStream[T] {
	types, err := m.eventLayouts(name)
	if err == nil {
		err = checkEvent[T](types, name)
	}
	if err != nil {
		return &EventStream[T]{err: err}
	}
	raw := m.RawStream(name, o)
	return &EventStream[T]{raw: raw, err: raw.err}
}

// checkEvent wants T to fit one of the structs that a buffer carries.
func checkEvent[T any](types []*layout.Type, name string) error {
	err := fmt.Errorf("the program does not show what it sends: no call of %s.perf_submit or "+
		"%s.ringbuf_submit is given a pointer to a struct; use RawStream", name, name)
	for i, c := range types {
		bad := layout.Check(c, reflect.TypeFor[T]())
		if bad == nil {
			return nil
		}
		if i == 0 {
			err = bad
		}
	}
	return &LayoutError{Op: "stream", Table: name, Err: err}
}

// Err is the reason the stream could not be opened or stopped, nil if there is
// none.
func (s *EventStream[T]) Err() error { return s.err }

// All delivers events until ctx ends; then those still in the buffer, and
// stops. An error is the last element.
//
// It allocates nothing per event.
func (s *EventStream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var ev T
		if s.err != nil {
			yield(ev, s.err)
			return
		}
		for rec, err := range s.raw.All(ctx) {
			if err == nil {
				err = layout.Copy(&ev, rec.Data)
			}
			if err != nil {
				var zero T
				s.err = err
				yield(zero, err)
				return
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// Each calls f with every event until ctx ends or f returns an error, which
// Each then returns.
func (s *EventStream[T]) Each(ctx context.Context, f func(*T) error) error {
	if s.err != nil {
		return s.err
	}
	var ev T
	for rec, err := range s.raw.All(ctx) {
		if err == nil {
			err = layout.Copy(&ev, rec.Data)
		}
		if err == nil {
			err = f(&ev)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Lost says how many events did not arrive so far.
func (s *EventStream[T]) Lost() LostCounts {
	if s.raw == nil {
		return LostCounts{}
	}
	return s.raw.Lost()
}

// Close stops the delivery. The module's Close does it too.
func (s *EventStream[T]) Close() error {
	if s.raw == nil {
		return nil
	}
	return s.raw.Close()
}

// eventLayouts are the C types a buffer carries, as far as the program shows.
func (m *Module) eventLayouts(name string) ([]*layout.Type, error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	if !isBuffer(t.Kind()) {
		return nil, &KindError{Op: "stream", Name: name, Is: t.Kind().String(), Want: "a BPF_PERF_OUTPUT or BPF_RINGBUF_OUTPUT"}
	}
	var types []*layout.Type
	for _, e := range m.bundle.EventsOf(name) {
		typ, err := m.eventLayout(e)
		if err != nil {
			return nil, fmt.Errorf("read event type of buffer %s: %w", name, err)
		}
		types = append(types, typ)
	}
	return types, nil
}

func (m *Module) eventLayout(e bundle.Event) (*layout.Type, error) {
	if typ := m.typeByID(e.Type); typ != nil {
		return layout.FromBTF(typ)
	}
	return layout.FromDesc(e.Desc, 0)
}

func isBuffer(t ebpf.MapType) bool { return t == ebpf.PerfEventArray || t == ebpf.RingBuf }
