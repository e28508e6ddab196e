package testenv

import (
	"io"
	"strings"
	"sync"
)

// output collects what a process prints and tells waiters of news.
type output struct {
	mu             sync.Mutex
	stdout, stderr strings.Builder
	changed        chan struct{}
}

// change returns a channel that is closed at the next write.
func (o *output) change() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

func (o *output) text(b *strings.Builder) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return b.String()
}

func (o *output) writer(b *strings.Builder) io.Writer {
	return outputWriter{o, b}
}

type outputWriter struct {
	*output
	to *strings.Builder
}

func (w outputWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
	return w.to.Write(p)
}
