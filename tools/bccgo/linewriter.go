package main

import (
	"io"
	"sync"
)

// lineWriter passes on what it is given at once, but joins what arrives while
// a write is under way: a reader sees every line without delay, and a flood of
// lines does not cost a system call each. It may be used from several
// goroutines; each call of Write stays in one piece.
type lineWriter struct {
	out  io.Writer
	fail func(error) // called once, when out fails

	mu      sync.Mutex
	changed sync.Cond // pending or closed changed, or room was made
	pending []byte
	closed  bool
	err     error
	done    chan struct{}
}

// maxPending is how much may wait before writers are held up.
const maxPending = 1 << 20

func newLineWriter(out io.Writer, fail func(error)) *lineWriter {
	w := &lineWriter{out: out, fail: fail, done: make(chan struct{})}
	w.changed.L = &w.mu
	go w.pass()
	return w
}

// Write queues p. It returns the error of an earlier write, if there was one.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.pending) > maxPending && w.err == nil {
		w.changed.Wait()
	}
	if w.err != nil {
		return 0, w.err
	}
	w.pending = append(w.pending, p...)
	w.changed.Broadcast()
	return len(p), nil
}

// Close waits until all is written and returns the first error.
func (w *lineWriter) Close() error {
	w.mu.Lock()
	w.closed = true
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	return w.err
}

// pass writes what is pending until all is written and the writer closed.
func (w *lineWriter) pass() {
	defer close(w.done)
	var lines []byte
	for {
		w.mu.Lock()
		for len(w.pending) == 0 && !w.closed {
			w.changed.Wait()
		}
		lines, w.pending = w.pending, lines[:0]
		w.changed.Broadcast()
		w.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		if _, err := w.out.Write(lines); err != nil {
			w.stop(err)
			return
		}
	}
}

func (w *lineWriter) stop(err error) {
	w.mu.Lock()
	w.err = err
	w.changed.Broadcast()
	w.mu.Unlock()
	w.fail(err)
}
