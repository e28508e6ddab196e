package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// pollEvery is how often the queue of mappings is emptied, and looked whether the
// process has ended.
const pollEvery = 100 * time.Millisecond

// endGrace is how long a process that has been stopped at its end may take for
// the rest.
const endGrace = 2 * time.Second

// target is what is traced.
type target struct {
	// process is its number, or bccgo.KernelPID.
	process int
	// calls are the functions by the program's numbers.
	calls   []string
	heading string
	// start is called when all is ready; gone tells that the process has ended.
	// hold tells that it is to be stopped at its end, and let go by us. Nil and
	// false for the kernel.
	start func()
	gone  func() bool
	hold  bool
}

// follow turns the program on and prints what comes of it.
func (o *options) follow(ctx context.Context, s *toolkit.Session, m *bccgo.Module, t *target) error {
	c, err := o.newCollector(m, t.process)
	if err != nil {
		return err
	}
	stream := o.stream(s, m)
	p := &printer{options: o, s: s, now: time.Now}
	if p.plain() {
		if err := s.Out.Printf("%s\n", t.heading); err != nil {
			return err
		}
	}
	conf := o.config()
	conf.Hold = number(t.hold)
	if t.process != bccgo.KernelPID {
		conf.PID = toolkit.KernelPID(t.process)
		p.comm = toolkit.Comm(uint32(t.process))
	}
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	s.Notef("tracing")
	if t.start != nil {
		t.start()
	}
	w := &watch{collector: c, printer: p, target: t}
	if o.trace {
		err = w.trace(ctx, stream)
	} else {
		err = w.run(ctx)
	}
	return errors.Join(err, w.release(), s.Losses.Finish(m))
}

// watch prints reports until something ends it.
type watch struct {
	collector *collector
	printer   *printer
	target    *target
}

func (w *watch) run(ctx context.Context) error {
	reports, polls := time.NewTicker(w.printer.interval), time.NewTicker(pollEvery)
	defer reports.Stop()
	defer polls.Stop()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return w.report(false)
			}
			return nil
		case <-polls.C:
			if over, err := w.poll(); over || err != nil {
				return err
			}
		case <-reports.C:
			if err := w.report(false); err != nil {
				return err
			}
			if n++; n == w.printer.reports {
				return nil
			}
		}
	}
}

// poll empties the queue and looks for the process's end, which the last report
// is made at: what is outstanding then stays so.
func (w *watch) poll() (over bool, err error) {
	gone := w.target.gone != nil && w.target.gone()
	if err := w.collector.drain(); err != nil {
		return true, err
	}
	if gone || w.collector.exiting {
		return true, w.report(true)
	}
	return false, nil
}

func (w *watch) report(final bool) error {
	entries, err := w.collector.collect(final)
	if err != nil {
		return err
	}
	return w.printer.report(entries)
}

// trace prints calls until the process ends.
func (w *watch) trace(ctx context.Context, stream *bccgo.EventStream[event]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if w.target.gone != nil {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.awaitEnd(ctx)
			cancel()
		}()
		defer func() { cancel(); <-ended }()
	}
	t := &tracer{s: w.printer.s, names: w.target.calls}
	return t.run(ctx, stream)
}

func (w *watch) awaitEnd(ctx context.Context) {
	for !w.target.gone() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pollEvery / 10):
		}
	}
}

// release turns the program off and lets a process go on that it stopped.
func (w *watch) release() error {
	c, err := w.collector.settings.Lookup(0)
	if err != nil {
		return err
	}
	c.On = 0
	if err := w.collector.settings.Update(0, c); err != nil {
		return fmt.Errorf("end the tracing: %w", err)
	}
	if !w.target.hold {
		return nil
	}
	if err := syscall.Kill(w.target.process, syscall.SIGCONT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("let process %d go on: %w", w.target.process, err)
	}
	if w.collector.exiting {
		// It is about to end by itself.
		ctx, cancel := context.WithTimeout(context.Background(), endGrace)
		defer cancel()
		w.awaitEnd(ctx)
	}
	return nil
}
