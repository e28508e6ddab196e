package bccgo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// fakeTracePipe returns a TracePipe on a pipe and the pipe's other end.
func fakeTracePipe(t *testing.T) (*TracePipe, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newTracePipe(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		w.Close()
	})
	return p, w
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// traceText is a piece of trace with a message of two lines and lost events.
const traceText = `            bash-7       [000] d..2. 1.500000: bpf_trace_printk: one
CPU:1 [LOST 23 EVENTS]

             cat-8       [001] d..2. 2.250000: bpf_trace_printk: two
and a half
CPU:0 [LOST EVENTS]
            bash-7       [000] d..2. 3.000000: bpf_trace_printk: three
`

func TestTracePipeFields(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	for _, want := range []TraceLine{
		{"bash", 7, 0, 0, "d..2.", 1.5, "bpf_trace_printk", "one"},
		{"cat", 8, 0, 1, "d..2.", 2.25, "bpf_trace_printk", "two"},
		{"bash", 7, 0, 0, "d..2.", 3, "bpf_trace_printk", "three"},
	} {
		got, err := p.Fields(t.Context())
		if err != nil || got != want {
			t.Fatalf("got %+v, error %v, want %+v", got, err, want)
		}
	}
	if p.Lost() != 24 || p.Skipped() != 1 {
		t.Errorf("lost %d, skipped %d, want 24 and 1", p.Lost(), p.Skipped())
	}
}

func TestTracePipeReadLine(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	for want := range strings.Lines(traceText) {
		got, err := p.ReadLine(t.Context())
		if err != nil || got+"\n" != want {
			t.Fatalf("got %q, error %v, want %q", got, err, want)
		}
	}
	if p.Lost() != 24 || p.Skipped() != 0 {
		t.Errorf("lost %d, skipped %d, want 24 and 0", p.Lost(), p.Skipped())
	}
}

func TestTracePipeJoinsPieces(t *testing.T) {
	p, w := fakeTracePipe(t)
	long := strings.Repeat("long ", 3000)
	go func() {
		for piece := range slices.Chunk([]byte("a\n"+long+"\nb\n"), 4093) {
			w.Write(piece)
			time.Sleep(time.Millisecond)
		}
	}()
	for _, want := range []string{"a", long, "b"} {
		if got, err := p.ReadLine(t.Context()); err != nil || got != want {
			t.Fatalf("got %d bytes, error %v, want %d", len(got), err, len(want))
		}
	}
}

func TestTracePipeCutsEndlessLine(t *testing.T) {
	p, w := fakeTracePipe(t)
	const size = 3 * maxTraceLine
	go w.Write(append(bytes.Repeat([]byte{'x'}, size), '\n'))
	total := 0
	for total < size {
		line, err := p.ReadLine(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(line) == 0 || len(line) >= maxTraceLine+len(p.chunk) {
			t.Fatalf("a line of %d bytes", len(line))
		}
		total += len(line)
	}
	if total != size {
		t.Errorf("read %d bytes, want %d", total, size)
	}
}

func TestTracePipeCancel(t *testing.T) {
	p, w := fakeTracePipe(t)
	before := runtime.NumGoroutine()
	write(t, w, "half a ")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	line, err := p.ReadLine(ctx)
	if !errors.Is(err, context.Canceled) || line != "" {
		t.Fatalf("got %q, error %v, want context.Canceled", line, err)
	}
	if _, err := p.Fields(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: error %v", err)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	write(t, w, "line\n")
	if line, err := p.ReadLine(t.Context()); err != nil || line != "half a line" {
		t.Errorf("after the cancelled read: %q, error %v", line, err)
	}
}

// TestTracePipeCancelRaces cancels around the moment a line comes: no line may
// be lost, nor a later read fail.
func TestTracePipeCancelRaces(t *testing.T) {
	p, w := fakeTracePipe(t)
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		go w.WriteString("line\n")
		line, err := p.ReadLine(ctx)
		if errors.Is(err, context.Canceled) {
			line, err = p.ReadLine(t.Context())
		}
		if err != nil || line != "line" {
			t.Fatalf("got %q, error %v", line, err)
		}
	}
}

func TestTracePipeClose(t *testing.T) {
	p, _ := fakeTracePipe(t)
	time.AfterFunc(20*time.Millisecond, func() { p.Close() })
	if line, err := p.ReadLine(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %q, error %v, want os.ErrClosed", line, err)
	}
	if err := p.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second close: %v, want os.ErrClosed", err)
	}
}

func TestTracePipeAll(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var messages []string
	for line, err := range p.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if messages = append(messages, line.Message); len(messages) == 3 {
			cancel()
		}
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(messages, want) {
		t.Errorf("got %q, want %q", messages, want)
	}
}

func TestTracePipeAllYieldsError(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	w.Close()
	lines := 0
	var last error
	for _, err := range p.All(t.Context()) {
		lines++
		last = err
	}
	if lines != 4 || !errors.Is(last, io.EOF) {
		t.Errorf("%d steps, the last with %v, want three lines and io.EOF", lines, last)
	}
}

func TestTracePipeAllBreak(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	for range p.All(t.Context()) {
		break
	}
	if line, err := p.Fields(t.Context()); err != nil || line.Message != "two" {
		t.Errorf("after the loop: %+v, error %v, want the second line", line, err)
	}
}

func TestTracePipePrint(t *testing.T) {
	for format, want := range map[string]string{
		"":                      traceText,
		"{1}: {5}":              "7: one\n8: two\n7: three\n",
		"{0:>6} {4:.1f} [{5}]":  "  bash 1.5 [one]\n   cat 2.2 [two]\n  bash 3.0 [three]\n",
		"{3} on {{{2}}} is {0}": "d..2. on {0} is bash\nd..2. on {1} is cat\nd..2. on {0} is bash\n",
	} {
		p, w := fakeTracePipe(t)
		write(t, w, traceText)
		ctx, cancel := context.WithCancel(t.Context())
		out := &stopAfter{lines: strings.Count(want, "\n"), stop: cancel}
		if err := p.Print(ctx, out, format); err != nil {
			t.Errorf("format %q: %v", format, err)
		}
		if out.String() != want {
			t.Errorf("format %q printed\n%swant\n%s", format, out.String(), want)
		}
	}
}

// stopAfter collects what is written and calls stop at the given line.
type stopAfter struct {
	strings.Builder
	lines int
	stop  func()
}

func (s *stopAfter) Write(p []byte) (int, error) {
	if s.lines -= bytes.Count(p, []byte{'\n'}); s.lines <= 0 {
		s.stop()
	}
	return s.Builder.Write(p)
}

func (s *stopAfter) WriteString(text string) (int, error) {
	return s.Write([]byte(text))
}

func TestTracePipePrintErrors(t *testing.T) {
	p, w := fakeTracePipe(t)
	write(t, w, traceText)
	if err := p.Print(t.Context(), io.Discard, "{9}"); err == nil || !strings.Contains(err.Error(), "{9}") {
		t.Errorf("bad format: error %v", err)
	}
	if err := p.Print(t.Context(), fullDisk{}, ""); !errors.Is(err, errFullDisk) {
		t.Errorf("failing writer: error %v", err)
	}
	w.Close()
	if err := p.Print(t.Context(), io.Discard, ""); !errors.Is(err, io.EOF) {
		t.Errorf("end of the pipe: error %v", err)
	}
}

// TestOpenTracePipe opens a named pipe in a made-up tracefs.
func TestOpenTracePipe(t *testing.T) {
	root := t.TempDir()
	tracing := filepath.Join(root, "sys/kernel/tracing")
	if err := os.MkdirAll(filepath.Join(tracing, "events"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(tracing, "trace_pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := openTracePipeOf(probe.New(rootfs.FS(root)))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	write(t, w, traceText)
	if line, err := p.Fields(t.Context()); err != nil || line.Message != "one" {
		t.Errorf("got %+v, error %v", line, err)
	}
}

func TestOpenTracePipeWithoutTracefs(t *testing.T) {
	_, err := openTracePipeOf(probe.New(rootfs.FS(t.TempDir())))
	var typed *TracefsError
	if !errors.As(err, &typed) || !strings.Contains(err.Error(), "mount -t tracefs tracefs /sys/kernel/tracing") {
		t.Errorf("error %v, want a TracefsError with the mount command", err)
	}
}

func TestNewTracePipeNeedsWaiting(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newTracePipe(file); !errors.Is(err, os.ErrNoDeadline) {
		t.Errorf("error %v, want os.ErrNoDeadline", err)
	}
	if err := file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file was left open (close: %v)", err)
	}
}

func TestTracePipeTry(t *testing.T) {
	p, w := fakeTracePipe(t)
	if line, ok, err := p.TryReadLine(); ok || err != nil {
		t.Errorf("an empty pipe gave %q, %v", line, err)
	}
	write(t, w, traceText)
	for _, want := range []string{"one", "two", "three"} {
		if line, ok, err := p.TryFields(); !ok || err != nil || line.Message != want {
			t.Errorf("got %+v, %t, %v, want %s", line, ok, err, want)
		}
	}
	if line, ok, err := p.TryFields(); ok || err != nil {
		t.Errorf("an emptied pipe gave %+v, %v", line, err)
	}
	if p.Lost() != 24 || p.Skipped() != 1 {
		t.Errorf("lost %d, skipped %d, want 24 and 1", p.Lost(), p.Skipped())
	}
	write(t, w, "half a ")
	if line, ok, err := p.TryReadLine(); ok || err != nil {
		t.Errorf("half a line gave %q, %v", line, err)
	}
	write(t, w, "line\n")
	if line, ok, err := p.TryReadLine(); !ok || err != nil || line != "half a line" {
		t.Errorf("got %q, %t, %v", line, ok, err)
	}
}

// TestTracePipeShared reads from several goroutines: each line comes once, and
// those that wait for their turn heed their context.
func TestTracePipeShared(t *testing.T) {
	p, w := fakeTracePipe(t)
	const readers, lines = 4, 200
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, ended := make(chan string), make(chan error)
	for range readers {
		go func() {
			for {
				line, err := p.ReadLine(ctx)
				if err != nil {
					ended <- err
					return
				}
				got <- line
			}
		}()
	}
	go w.WriteString(strings.Repeat("line\n", lines))
	for range lines {
		if line := <-got; line != "line" {
			t.Fatalf("got %q", line)
		}
	}
	if line, ok, err := p.TryReadLine(); ok || err != nil {
		t.Errorf("while others wait: %q, %v", line, err)
	}
	cancel()
	for range readers {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a reader ended with %v", err)
		}
	}
}
