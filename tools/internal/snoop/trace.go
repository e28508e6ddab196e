package snoop

import (
	"context"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Trace is a tool's way from its C text to its lines: events of type E from the
// buffer events that TasksC defines.
type Trace[E any] struct {
	// Text is the C text with all that it is built on; Defines select its parts.
	Text    string
	Defines map[string]string
	// Stream says how the buffer is read. Losses are seen to.
	Stream bccgo.StreamOptions
	// Attach attaches what is not attached by its function's name.
	Attach func(m *bccgo.Module) error
	// Begin hands over the settings, after which events come.
	Begin func(m *bccgo.Module) error
	// Heading is printed when all is ready, Record with each event.
	Heading func() error
	Record  func(*E) error
}

// Run traces until ctx ends, or the duration that the user asked for is over.
func (t *Trace[E]) Run(ctx context.Context, s *toolkit.Session) error {
	if s.EBPF {
		return s.PrintC(t.Text, t.Defines)
	}
	m, err := bccgo.LoadContext(ctx, t.Text, &bccgo.Options{Defines: t.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	t.Stream.OnLost = s.Losses.Add
	stream := bccgo.Stream[E](m, "events", &t.Stream)
	for _, step := range []func(*bccgo.Module) error{t.Attach, t.Begin} {
		if step == nil {
			continue
		}
		if err := step(m); err != nil {
			return err
		}
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := t.Heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, t.Record); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
