package screen

import (
	"context"
	"errors"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// errCounted ends the tracing after the last output.
var errCounted = errors.New("that was the last output")

// Run shows what next returns at the end of each interval, Count times, until
// --duration is over or ctx ends, and then what is left. It says that the tool
// traces, so all must be attached. next must start over each time.
func (o *Options) Run(ctx context.Context, s *toolkit.Session, next func(now time.Time) ([]Table, error)) error {
	v := &view{options: o, s: s}
	if _, _, ok := s.Out.Size(); ok && !o.NoClear && !s.JSON {
		v.redraws = true
		defer v.followSize()()
	}
	if !s.JSON {
		s.Warnf("tracing until Ctrl-C; output every %v", o.Interval)
	}
	s.Notef("tracing")
	n := 0
	err := s.Every(ctx, o.Interval, func(now time.Time, last bool) error {
		tables, err := next(now)
		if err != nil || last && n > 0 && empty(tables) {
			return err
		}
		if err := v.show(now, tables); err != nil {
			return err
		}
		if n++; n == o.Count {
			return errCounted
		}
		return nil
	})
	if errors.Is(err, errCounted) {
		return nil
	}
	return err
}

func empty(tables []Table) bool {
	for _, table := range tables {
		if len(table.Rows) > 0 {
			return false
		}
	}
	return true
}
