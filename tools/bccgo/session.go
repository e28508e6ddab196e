package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// session is one run of a loaded program.
type session struct {
	con    *console
	module *bccgo.Module
	name   string // of the program
	out    printer
	losses losses

	buffers []*buffer
	traces  *traces // nil if the program prints none
	// inherited are the traces of the version before, nil for none.
	inherited *traces
}

func newSession(con *console, m *bccgo.Module, name string, out printer) *session {
	return &session{con: con, module: m, name: name, out: out, losses: losses{report: out.lost}}
}

// run opens what the program writes to, attaches it, prints until ctx or the
// duration ends, and reports iterators and tables. A negative duration does not
// end; 0, or a program that has nothing but iterators, reports at once.
func (s *session) run(ctx context.Context, duration time.Duration) error {
	if duration != 0 {
		if err := s.open(); err != nil {
			return err
		}
		defer s.close()
	}
	if err := s.attach(duration == 0); err != nil {
		return err
	}
	if duration != 0 && len(s.module.Links()) > 0 {
		if err := s.follow(ctx, duration); err != nil {
			return err
		}
	}
	return printReport(s.module, s.out)
}

// open opens the buffers and, if need be, the trace pipe.
func (s *session) open() error {
	for _, name := range s.module.Tables() {
		if !s.module.Table(name).IsBuffer() {
			continue
		}
		b, err := s.openBuffer(name)
		if err != nil {
			return err
		}
		s.buffers = append(s.buffers, b)
	}
	return s.openTraces()
}

func (s *session) close() {
	if s.traces != nil {
		s.traces.close()
	}
}

// attach attaches every function whose name says where. It is an error if there
// is none, nor an iterator, unless nothing is expected to happen.
func (s *session) attach(idle bool) error {
	if err := s.module.AutoAttach(); err != nil {
		return err
	}
	links := s.module.Links()
	slices.SortFunc(links, func(a, b *bccgo.Link) int { return strings.Compare(a.String(), b.String()) })
	for _, l := range links {
		s.con.verbosef("attached %v\n", l)
	}
	if len(links) == 0 && len(iterators(s.module)) == 0 && !idle {
		return fmt.Errorf("%w: no function of %s has a name that says where it belongs, as tracepoint__CATEGORY__EVENT and kprobe__FUNCTION do",
			errNothingAttached, s.name)
	}
	return nil
}

// follow prints what comes in until ctx or the duration ends, then detaches the
// program and prints what was still on its way.
func (s *session) follow(ctx context.Context, duration time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, duration)
		defer stop()
	}
	reading, finish := context.WithCancel(context.Background())
	defer finish()
	var group sync.WaitGroup
	var failed failures
	for _, read := range s.readers() {
		group.Go(func() {
			if err := read(reading); err != nil {
				failed.add(err)
				cancel(err)
			}
		})
	}
	<-ctx.Done()
	failed.add(s.detach())
	finish()
	group.Wait()
	failed.add(s.losses.flush())
	return errors.Join(failed.list...)
}

func (s *session) readers() []func(context.Context) error {
	var list []func(context.Context) error
	for _, b := range s.buffers {
		list = append(list, b.read)
	}
	if s.traces != nil {
		list = append(list, s.traces.read)
	}
	return list
}

func (s *session) detach() error {
	var errs []error
	for _, l := range s.module.Links() {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// failures gathers errors from several goroutines.
type failures struct {
	mu   sync.Mutex
	list []error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, err)
}
