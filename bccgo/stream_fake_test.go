package bccgo

import (
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// fakeSource is an event source in memory, which waits as the real ones do.
type fakeSource struct {
	mu      sync.Mutex
	records []Record
	flushed bool
	closed  bool
	limit   time.Duration
	wake    chan struct{}
	settled int
}

// send puts a record in as a program would.
func (f *fakeSource) send(r Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = append(f.records, r)
	f.signal()
}

func (f *fakeSource) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *fakeSource) read(r *Record) (bool, error) {
	for {
		ok, done, err := f.try(r)
		if done {
			return ok, err
		}
		var timeout <-chan time.Time
		if f.limit >= 0 {
			timeout = time.After(f.limit)
		}
		select {
		case <-f.wake:
		case <-timeout:
			ok, _, err := f.try(r)
			return ok, err
		}
	}
}

// try reads without waiting.
func (f *fakeSource) try(r *Record) (ok, done bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.lost = 0
	switch {
	case f.closed:
		return false, true, io.ErrClosedPipe
	case len(f.records) > 0:
		*r, f.records = f.records[0], f.records[1:]
		return r.lost == 0, true, nil
	case f.flushed:
		f.flushed = false
		return false, true, errFlushed
	}
	return false, false, nil
}

func (f *fakeSource) within(d time.Duration) { f.limit = d }

func (f *fakeSource) flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flushed = true
	f.signal()
	return nil
}

func (f *fakeSource) settle()     { f.settled++ }
func (f *fakeSource) exact() bool { return true }

func (f *fakeSource) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.signal()
	return nil
}

// fakeEvent is what fake sources send.
type fakeEvent struct {
	When, ID uint64
}

// fakeType is fakeEvent in C.
func fakeType() *layout.Type {
	u64 := &layout.Type{Kind: layout.Int, Name: "u64", Size: 8}
	return &layout.Type{Kind: layout.Struct, Name: "struct fake_t", Size: 16, Members: []layout.Member{
		{Name: "when", Type: u64}, {Name: "id", Type: u64, Offset: 8},
	}}
}

// fakeStream is a stream that reads a fake source.
func fakeStream(name string, o *StreamOptions) (*EventStream[fakeEvent], *fakeSource) {
	f := &fakeSource{limit: noLimit, wake: make(chan struct{}, 1)}
	m := &Module{reserved: make(map[string]bool), streams: make(map[io.Closer]struct{})}
	raw := &RawEventStream{
		name: name, module: m, src: f, opts: o.orDefault(), types: []*layout.Type{fakeType()},
	}
	if err := raw.orderBy(raw.opts.OrderBy); err != nil {
		return &EventStream[fakeEvent]{raw: failedStream(name, err)}, f
	}
	return &EventStream[fakeEvent]{raw: raw}, f
}

// event makes a record of a fakeEvent.
func event(when, id uint64) Record {
	data := binary.NativeEndian.AppendUint64(nil, when)
	return Record{Data: binary.NativeEndian.AppendUint64(data, id)}
}
