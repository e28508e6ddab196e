package toolkit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// flushAfter is how long a line may wait for others.
const flushAfter = 50 * time.Millisecond

// Output writes results. Lines that come close together are written together;
// none waits longer than 50 ms, pipe or terminal.
type Output struct {
	mu    sync.Mutex
	buf   *bufio.Writer
	json  *json.Encoder
	timer *time.Timer
	err   error
	// sum counts what came out.
	sum counter
}

// counter counts the lines and bytes that go through it.
type counter struct {
	w            io.Writer
	lines, bytes uint64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.bytes += uint64(n)
	c.lines += uint64(bytes.Count(p[:n], []byte("\n")))
	return n, err
}

// NewOutput returns an Output on w.
func NewOutput(w io.Writer) *Output {
	o := &Output{sum: counter{w: w}}
	o.buf = bufio.NewWriter(&o.sum)
	o.json = json.NewEncoder(o.buf)
	o.json.SetEscapeHTML(false)
	return o
}

// Printf writes formatted text. An error, which may be that of an earlier
// write, is syscall.EPIPE when the reader is gone.
func (o *Output) Printf(format string, args ...any) error {
	return o.write(func() error {
		_, err := fmt.Fprintf(o.buf, format, args...)
		return err
	})
}

// JSON writes a value as one line of JSON. Errors are those of Printf.
func (o *Output) JSON(v any) error {
	return o.write(func() error { return o.json.Encode(v) })
}

func (o *Output) write(f func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = f()
	}
	if o.timer == nil {
		o.timer = time.AfterFunc(flushAfter, o.flush)
	}
	return o.err
}

func (o *Output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	if o.err == nil {
		o.err = o.buf.Flush()
	}
}

// Close writes what is left and returns the first error of all writes. It does
// not close the writer.
func (o *Output) Close() error {
	o.mu.Lock()
	if o.timer != nil {
		o.timer.Stop()
	}
	o.mu.Unlock()
	o.flush()
	return o.err
}
