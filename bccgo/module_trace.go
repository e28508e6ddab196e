package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// TraceOpen opens the machine's trace pipe, as OpenTracePipe does, and keeps it
// until the module is closed: the methods below and later calls use the same
// one. It need not be called before them.
func (m *Module) TraceOpen() (*TracePipe, error) { return m.traceOpen(OpenTracePipe) }

// TraceOpenInstance makes the methods below read a trace of the module's own,
// as OpenTraceInstance opens one, in place of the machine's. It is an error
// after a call of one of them.
func (m *Module) TraceOpenInstance(o *TraceInstanceOptions) (*TracePipe, error) {
	opened := false
	p, err := m.traceOpen(func() (*TracePipe, error) {
		opened = true
		return OpenTraceInstance(o)
	})
	if err == nil && !opened {
		return nil, errors.New("open trace instance: the module has a trace open already")
	}
	return p, err
}

func (m *Module) traceOpen(open func() (*TracePipe, error)) (*TracePipe, error) {
	if err := m.usable(); err != nil {
		return nil, fmt.Errorf("open trace: %w", err)
	}
	m.traceMu.Lock()
	defer m.traceMu.Unlock()
	if m.trace != nil {
		return m.trace, nil
	}
	p, err := open()
	if err != nil {
		return nil, err
	}
	if err := m.own(moduleTrace{p}); err != nil {
		return nil, errors.Join(fmt.Errorf("open trace: %w", err), p.Close())
	}
	m.trace = p
	return p, nil
}

// moduleTrace is closed with its module, unless that was done already.
type moduleTrace struct{ *TracePipe }

func (t moduleTrace) Close() error {
	if err := t.TracePipe.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// TracePrint copies the trace to w until ctx ends, as TracePipe.Print does:
// lines as they are, or by a format such as "{1}: {5}".
func (m *Module) TracePrint(ctx context.Context, w io.Writer, format string) error {
	return m.readTrace(func(p *TracePipe) error { return p.Print(ctx, w, format) })
}

// TraceFields waits for the next line of the trace and returns its fields, as
// TracePipe.Fields does.
func (m *Module) TraceFields(ctx context.Context) (line TraceLine, err error) {
	err = m.readTrace(func(p *TracePipe) error {
		line, err = p.Fields(ctx)
		return err
	})
	return line, err
}

// TraceReadline waits for the next line of the trace and returns it as it is,
// as TracePipe.ReadLine does.
func (m *Module) TraceReadline(ctx context.Context) (line string, err error) {
	err = m.readTrace(func(p *TracePipe) error {
		line, err = p.ReadLine(ctx)
		return err
	})
	return line, err
}

// TryTraceFields is TraceFields that does not wait: ok is false if no line is
// there.
func (m *Module) TryTraceFields() (line TraceLine, ok bool, err error) {
	err = m.readTrace(func(p *TracePipe) error {
		line, ok, err = p.TryFields()
		return err
	})
	return line, ok, err
}

// TryTraceReadline is TraceReadline that does not wait: ok is false if no line
// is there.
func (m *Module) TryTraceReadline() (line string, ok bool, err error) {
	err = m.readTrace(func(p *TracePipe) error {
		line, ok, err = p.TryReadLine()
		return err
	})
	return line, ok, err
}

// readTrace opens the trace if need be and reads it.
func (m *Module) readTrace(read func(*TracePipe) error) error {
	p, err := m.TraceOpen()
	if err != nil {
		return err
	}
	err = read(p)
	if closed := m.usable(); closed != nil && errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%w: %w", closed, err)
	}
	return err
}
