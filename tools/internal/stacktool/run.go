package stacktool

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Tracing is one run of a tool.
type Tracing struct {
	*View
	*Threads
	// Text is the program, Defines what it is compiled with.
	Text    string
	Defines map[string]string
	// Attach does what loading the program does not; nil is nothing.
	Attach func(m *bccgo.Module) error
	// Switch tells the program to begin, and to end.
	Switch func(m *bccgo.Module, on bool) error
	// Samples reads what the program has added up.
	Samples func(m *bccgo.Module, kept *stacks.Store) ([]stacks.Sample, error)
	// Layout is how a sample is shown.
	Layout Layout
	// What says what is done, as in "sampling at 49 Hertz".
	What string
	// Title, Unit and Measure are those of the pictures.
	Title, Unit, Measure string
}

// Run traces until the end and shows the sums.
func (t *Tracing) Run(ctx context.Context, s *toolkit.Session) error {
	if s.EBPF {
		return s.PrintC(t.Text, t.Defines)
	}
	if err := t.Files.Open(); err != nil {
		return err
	}
	defer t.Files.Close()
	m, err := bccgo.LoadContext(ctx, t.Text, &bccgo.Options{Defines: t.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	s.Losses.MoreStacks = "--stack-storage-size"
	return errors.Join(t.trace(ctx, s, m), t.Files.Close())
}

func (t *Tracing) trace(ctx context.Context, s *toolkit.Session, m *bccgo.Module) error {
	if err := t.Fill(m); err != nil {
		return err
	}
	if t.Attach != nil {
		if err := t.Attach(m); err != nil {
			return err
		}
	}
	begin := time.Now()
	if err := t.Switch(m, true); err != nil {
		return err
	}
	if !s.JSON && !t.Folded {
		s.Warnf("%s %s", t.What, Until(s))
	}
	s.Notef("tracing")
	return s.Every(ctx, 0, func(now time.Time, _ bool) error {
		// What the tool itself does to show the sums is not part of them.
		if err := t.Switch(m, false); err != nil {
			return err
		}
		return t.show(s, m, begin, now)
	})
}

// garbage is how much of the memory in use may be garbage, in percent. Reading many
// stacks makes much of it, which is soon found: little points anywhere.
const garbage = 25

// show prints the sums and writes the pictures.
func (t *Tracing) show(s *toolkit.Session, m *bccgo.Module, begin, now time.Time) error {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	kept, err := stacks.OpenStore(m)
	if err != nil {
		return err
	}
	samples, err := t.Samples(m, kept)
	if err != nil {
		return err
	}
	if err := t.print(s, samples, now); err != nil {
		return err
	}
	if err := t.Files.Write(&stacks.Run{Title: t.Title, Unit: t.Unit, Measure: t.Measure, Begin: begin, Took: now.Sub(begin), Samples: samples}); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
