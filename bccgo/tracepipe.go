package bccgo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/instance"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// TracefsError means that tracefs is not mounted, not readable or not part of
// the kernel. Its text has the command that helps.
type TracefsError = probe.TracefsError

// ErrTracePipeBusy is returned by OpenTracePipe when another program reads
// trace_pipe. Kernels before 6.9 let both in instead, and then each line
// reaches only one of them.
var ErrTracePipeBusy = errors.New("another program is reading it")

// TracePipe reads the kernel's trace, where bpf_trace_printk writes. There is
// one for the whole machine (OpenTracePipe): it holds the lines of every program
// and tracer, and a line read by one reader is gone for all others. An instance
// (OpenTraceInstance) has copies of the lines for itself.
//
// All methods may be called from several goroutines; each line goes to one.
type TracePipe struct {
	file *os.File
	// instance is the directory to remove at the end; "" for the machine's own.
	instance string
	// turn is held by who reads.
	turn    chan struct{}
	unread  []byte // read from the file, not yet returned
	chunk   []byte
	lost    atomic.Uint64
	skipped atomic.Uint64
}

// maxTraceLine is where a line without end is cut. The kernel's own limit is
// far below it.
const maxTraceLine = 64 << 10

// OpenTracePipe opens the trace pipe of the mounted tracefs. It needs root.
// The error is a *TracefsError when tracefs isn't mounted, and wraps
// ErrTracePipeBusy when the pipe has a reader already.
func OpenTracePipe() (*TracePipe, error) {
	return openTracePipeOf(probe.Running())
}

func openTracePipeOf(k *probe.Kernel) (*TracePipe, error) {
	dir, err := k.Tracefs()
	if err != nil {
		return nil, fmt.Errorf("open trace pipe: %w", err)
	}
	return openTracePipeIn(k.Root().Path(dir))
}

// openTracePipeIn opens the trace pipe of one tracefs directory: the top one
// or that of an instance.
func openTracePipeIn(dir string) (*TracePipe, error) {
	path := filepath.Join(dir, "trace_pipe")
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, syscall.EBUSY):
		return nil, fmt.Errorf("open trace pipe: %w: %w; end it first: fuser -v %s shows which one", ErrTracePipeBusy, err, path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("open trace pipe: %w; run as root, and without kernel lockdown in confidentiality mode", err)
	case err != nil:
		return nil, fmt.Errorf("open trace pipe: %w", err)
	}
	return newTracePipe(file)
}

// newTracePipe takes over file, which it closes on failure.
func newTracePipe(file *os.File) (*TracePipe, error) {
	// Cancelling a read takes a file that the runtime can wait on.
	if err := file.SetReadDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("open trace pipe: wait for %s: %w", file.Name(), err), file.Close())
	}
	return &TracePipe{file: file, turn: make(chan struct{}, 1), chunk: make([]byte, 4096)}, nil
}

// Close closes the pipe, removes it if it is an instance, and ends a read in
// progress, which fails with os.ErrClosed.
func (p *TracePipe) Close() error {
	// It waits for the read to end, so that nobody is in the instance.
	if err := p.file.Close(); err != nil {
		return fmt.Errorf("close trace pipe: %w", err)
	}
	if p.instance == "" {
		return nil
	}
	return instance.Remove(p.instance)
}

// Lost returns how many events the kernel says it overwrote before they were
// read, so far. It can be too low: sometimes the kernel says that events were
// lost but not how many, which counts as one.
func (p *TracePipe) Lost() uint64 {
	return p.lost.Load()
}

// Skipped returns how many lines Fields, All and Print with a format passed
// over because they are neither trace lines nor notes about lost events: the
// later lines of messages that contain newlines. Blank lines are not counted,
// since every message that ends in a newline makes one.
func (p *TracePipe) Skipped() uint64 {
	return p.skipped.Load()
}

// ReadLine waits for the next line and returns it as the kernel wrote it,
// without its newline. When ctx ends it returns an error that wraps
// ctx.Err(), at once and without losing what it has read.
func (p *TracePipe) ReadLine(ctx context.Context) (string, error) {
	select {
	case p.turn <- struct{}{}:
		defer p.endTurn()
	case <-ctx.Done():
		return "", fmt.Errorf("read trace pipe: %w", ctx.Err())
	}
	searched := 0
	for {
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("read trace pipe: %w", err)
		}
		if end := bytes.IndexByte(p.unread[searched:], '\n'); end >= 0 {
			return p.take(searched+end, 1), nil
		}
		if searched = len(p.unread); searched >= maxTraceLine {
			return p.take(searched, 0), nil
		}
		if err := p.fill(ctx); err != nil {
			return "", fmt.Errorf("read trace pipe: %w", err)
		}
	}
}

func (p *TracePipe) endTurn() { <-p.turn }

// take removes a line of n bytes, and the bytes after it that end it.
func (p *TracePipe) take(n, ending int) string {
	line := string(p.unread[:n])
	p.unread = p.unread[:copy(p.unread, p.unread[n+ending:])]
	if n, ok := parseLost(line); ok {
		p.lost.Add(n)
	}
	return line
}

// fill waits for more bytes or the end of ctx.
func (p *TracePipe) fill(ctx context.Context) error {
	interrupted := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		interrupted <- p.file.SetReadDeadline(time.Unix(1, 0))
	})
	n, err := p.file.Read(p.chunk)
	p.unread = append(p.unread, p.chunk[:n]...)
	if stop() {
		return err
	}
	// Wait for the interruption, lest its deadline hits the next read.
	if err := <-interrupted; err != nil {
		return err
	}
	if err := p.file.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return ctx.Err()
}

// Fields waits for the next trace line and returns its fields. Notes about
// lost events and other lines without fields are passed over; Lost and Skipped
// count them. When ctx ends the error wraps ctx.Err().
func (p *TracePipe) Fields(ctx context.Context) (TraceLine, error) {
	for {
		line, err := p.ReadLine(ctx)
		if err != nil {
			return TraceLine{}, err
		}
		if parsed, ok := p.parse(line); ok {
			return parsed, nil
		}
	}
}

// All yields the trace lines as they come, as Fields returns them, until ctx
// ends or the loop does. The end of ctx just ends the sequence; any other
// error is yielded, last.
func (p *TracePipe) All(ctx context.Context) iter.Seq2[TraceLine, error] {
	return func(yield func(TraceLine, error) bool) {
		for {
			line, err := p.Fields(ctx)
			if ended(ctx, err) {
				return
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// Print copies the trace to w line by line until ctx ends, which is no error.
//
// An empty format prints the lines as the kernel wrote them, with the blank
// lines after messages that end in a newline. Otherwise format is applied to
// the fields of each trace line, in Python's notation: {0} is the task, {1}
// the pid, {2} the CPU, {3} the flags, {4} the timestamp, {5} the message, as
// in "{1}: {5}"; a layout may follow, as in "{0:<16}" or "{4:.3f}"; {{ and }}
// are braces.
func (p *TracePipe) Print(ctx context.Context, w io.Writer, format string) error {
	next := p.ReadLine
	if format != "" {
		parsed, err := parseTraceFormat(format)
		if err != nil {
			return err
		}
		next = func(ctx context.Context) (string, error) {
			line, err := p.Fields(ctx)
			return parsed.apply(line), err
		}
	}
	for {
		line, err := next(ctx)
		if ended(ctx, err) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return fmt.Errorf("print trace: %w", err)
		}
	}
}

// ended reports whether err says no more than that ctx has ended.
func ended(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err())
}
