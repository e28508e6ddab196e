package bccgo

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// Link is one function attached to one place, or to all that a regular
// expression matched. It lasts until it is closed, its module is, or the
// process ends.
type Link struct {
	hook, target, function string

	// names are other spellings of target that it can be detached by.
	names []string
	// refused are the matches that could not be attached to.
	refused []ProbeCandidate

	module *Module
	// targets and probes, how many of ProbeLimit it takes, are guarded by
	// module.mu, because single targets can be detached.
	targets []string
	probes  int
	once    sync.Once
	closer  io.Closer
	err     error
}

// Hook is the kind of hook: "kprobe", "tracepoint", …
func (l *Link) Hook() string { return l.hook }

// Target is what is hooked: a kernel function, a tracepoint, a file and symbol;
// or the regular expression.
func (l *Link) Target() string { return l.target }

// Targets lists what is hooked: Target alone, or what the regular expression
// matched, sorted, without what could not be attached to.
func (l *Link) Targets() []string {
	l.module.mu.Lock()
	defer l.module.mu.Unlock()
	return slices.Clone(l.targets)
}

// Refused lists the matches of the regular expression that could not be
// attached to, each with the reason.
func (l *Link) Refused() []ProbeCandidate { return slices.Clone(l.refused) }

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
		releaseProbes(l.probes)
		l.module.mu.Unlock()
		if err := l.closer.Close(); err != nil {
			l.err = fmt.Errorf("detach %s: %w", l, err)
		}
	})
	return l.err
}

// keep makes the module own an attachment.
func (m *Module) keep(hook, target, function string, c io.Closer) (*Link, error) {
	return m.keepLink(&Link{hook: hook, target: target, function: function}, c)
}

// keepLink is keep of a link with more than the usual in it. On failure the
// attachment is closed.
func (m *Module) keepLink(l *Link, c io.Closer) (*Link, error) {
	fail := func(err error) (*Link, error) {
		c.Close()
		return nil, &AttachError{Hook: l.hook, Target: l.target, Function: l.function, Err: err}
	}
	l.module, l.closer = m, c
	if l.targets == nil {
		l.targets = []string{l.target}
	}
	if l.probes == 0 && isProbe(l.hook) {
		l.probes = 1
	}
	if err := reserveProbes(l.probes); err != nil {
		return fail(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		releaseProbes(l.probes)
		return fail(errClosed)
	}
	m.links[l] = struct{}{}
	m.warnAttached(l)
	return l, nil
}

// Links lists what the module is attached to, in no order.
func (m *Module) Links() []*Link {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*Link, 0, len(m.links))
	for l := range m.links {
		list = append(list, l)
	}
	return list
}
