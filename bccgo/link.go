package bccgo

import (
	"fmt"
	"io"
	"sync"
)

// Link is one function attached to one place. It lasts until it is closed, its
// module is, or the process ends.
type Link struct {
	hook, target, function string

	module *Module
	once   sync.Once
	closer io.Closer
	err    error
}

// Hook is the kind of hook: "kprobe", "tracepoint", …
func (l *Link) Hook() string { return l.hook }

// Target is what is hooked: a kernel function, a tracepoint, a file and symbol.
func (l *Link) Target() string { return l.target }

// Function is the C function that runs there.
func (l *Link) Function() string { return l.function }

func (l *Link) String() string {
	return fmt.Sprintf("%s at %s %s", l.function, l.hook, l.target)
}

// Close detaches the function. Closing again returns the first result.
func (l *Link) Close() error {
	l.once.Do(func() {
		l.module.mu.Lock()
		delete(l.module.links, l)
		l.module.mu.Unlock()
		if err := l.closer.Close(); err != nil {
			l.err = fmt.Errorf("detach %s: %w", l, err)
		}
	})
	return l.err
}

// keep makes the module own an attachment.
func (m *Module) keep(hook, target, function string, c io.Closer) (*Link, error) {
	l := &Link{hook: hook, target: target, function: function, module: m, closer: c}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		c.Close()
		return nil, &AttachError{Hook: hook, Target: target, Function: function, Err: errClosed}
	}
	m.links[l] = struct{}{}
	return l, nil
}

// Links lists what the module is attached to, in no order.
func (m *Module) Links() []*Link {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*Link, 0, len(m.links))
	for l := range m.links {
		list = append(list, l)
	}
	return list
}
