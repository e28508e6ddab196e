package main

import (
	"context"
	"sync/atomic"

	"github.com/bccgo/bcc/bccgo"
)

// buffer is a perf buffer or ring buffer being read.
type buffer struct {
	name   string
	stream *bccgo.RawEventStream
	out    printer
	// failed is the error of the last report of lost events.
	failed atomic.Pointer[error]
}

func (s *session) openBuffer(name string) (*buffer, error) {
	b := &buffer{name: name, out: s.out}
	b.stream = s.module.RawStream(name, &bccgo.StreamOptions{OnLost: func(cpu int, n uint64) {
		if err := s.losses.add(name, cpu, n); err != nil {
			b.failed.Store(&err)
		}
	}})
	return b, b.stream.Err()
}

// read prints events until ctx ends, and those on their way then.
func (b *buffer) read(ctx context.Context) error {
	for rec, err := range b.stream.All(ctx) {
		if err != nil {
			return err
		}
		if failed := b.failed.Load(); failed != nil {
			return *failed
		}
		if err := b.print(rec); err != nil {
			return err
		}
	}
	return nil
}

func (b *buffer) print(rec bccgo.Record) error {
	e := event{table: b.name, cpu: rec.CPU, raw: rec.Data}
	if b.stream.Typed() {
		v, err := b.stream.Decode(rec)
		if err != nil {
			return err
		}
		e.data = v
	}
	return b.out.event(e)
}
