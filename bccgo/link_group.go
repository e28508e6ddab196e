package bccgo

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// group is what a regular expression was attached to: one kernel link a
// function, or one for many.
type group struct {
	// attach makes one kernel link for some functions. It is nil where each
	// function has its own.
	attach func([]probe.Function) (io.Closer, error)

	mu    sync.Mutex
	parts []groupPart
}

// groupPart is a kernel link with the functions it serves.
type groupPart struct {
	functions []probe.Function
	io.Closer
}

// add makes the group hold one more kernel link.
func (g *group) add(c io.Closer, functions ...probe.Function) {
	g.parts = append(g.parts, groupPart{functions, c})
}

// names lists the functions of all kernel links, each once, sorted.
func (g *group) names() []string {
	var names []string
	for _, p := range g.parts {
		for _, f := range p.functions {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Close detaches from everything.
func (g *group) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.parts); n > 1 {
		defer showProgress(fmt.Sprintf("detaching from %d places", n))()
	}
	var errs []error
	for _, p := range g.parts {
		errs = append(errs, p.Close())
	}
	g.parts = nil
	return errors.Join(errs...)
}

// drop detaches from the functions of a name and returns those that stay, and
// how many kernel links serve them.
func (g *group) drop(name string) ([]string, int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	called := func(f probe.Function) bool { return f.Name == name }
	var kept []groupPart
	var errs []error
	for _, p := range g.parts {
		if !slices.ContainsFunc(p.functions, called) {
			kept = append(kept, p)
			continue
		}
		left, err := g.without(p, slices.DeleteFunc(slices.Clone(p.functions), called))
		errs = append(errs, err)
		kept = append(kept, left...)
	}
	g.parts = kept
	return g.names(), len(g.parts), errors.Join(errs...)
}

// without replaces a kernel link by one for fewer functions. The new one comes
// first, so that a failure leaves the old one in place.
func (g *group) without(p groupPart, stay []probe.Function) ([]groupPart, error) {
	if len(stay) == 0 {
		return nil, p.Close()
	}
	c, err := g.attach(stay)
	if err != nil {
		return []groupPart{p}, err
	}
	return []groupPart{{stay, c}}, p.Close()
}

// keepTargets sets what is still attached to, by how many kernel links. Those
// that are gone are free for other probes.
func (l *Link) keepTargets(left []string, parts int) {
	l.module.mu.Lock()
	defer l.module.mu.Unlock()
	if isProbe(l.hook) {
		releaseProbes(l.probes - parts)
		l.probes = parts
	}
	l.targets = left
}

// drop detaches the link from one of its targets, given in one of two
// spellings.
func (l *Link) drop(spellings ...string) error {
	g, ok := l.closer.(*group)
	if !ok {
		return fmt.Errorf("detach %s: %s cannot be detached alone", l, spellings[0])
	}
	for _, name := range spellings {
		left, parts, err := g.drop(name)
		if err != nil {
			return fmt.Errorf("detach %s from %s: %w", l, name, err)
		}
		l.keepTargets(left, parts)
		if len(left) == 0 {
			return l.Close()
		}
	}
	return nil
}
