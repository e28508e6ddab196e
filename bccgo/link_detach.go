package bccgo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// DetachKprobe detaches functions from the entry of a kernel function: the
// given C function, or all if function is "". event is spelt as for
// AttachKprobe, with or without the offset, or it is the regular expression
// given to AttachKprobeRe, which then is detached as a whole. If nothing is
// attached there, the error is a *NotAttachedError.
//
// event may also be one of the functions that a regular expression matched. The
// others stay attached; where one kernel link serves them all, it is replaced,
// and the C function runs twice for calls of the others in between, which takes
// some milliseconds.
func (m *Module) DetachKprobe(event, function string) error {
	return m.detach("kprobe", event, function, kernelSpelling(event))
}

// DetachKretprobe is DetachKprobe of kretprobes.
func (m *Module) DetachKretprobe(event, function string) error {
	return m.detach("kretprobe", event, function, kernelSpelling(event))
}

// DetachTracepoint detaches functions from a tracepoint, category:event: the
// given C function, or all if function is "". Else it is as DetachKprobe.
func (m *Module) DetachTracepoint(tracepoint, function string) error {
	return m.detach("tracepoint", tracepoint, function, tracepoint)
}

// DetachRawTracepoint is DetachTracepoint of raw tracepoints.
func (m *Module) DetachRawTracepoint(tracepoint, function string) error {
	return m.detach("raw tracepoint", tracepoint, function, tracepoint)
}

// kernelSpelling is a function's name with this kernel's system call prefix. If
// the prefix cannot be found out, nothing was attached by another one either.
func kernelSpelling(event string) string {
	if name, err := probe.Running().FixSyscallName(event); err == nil {
		return name
	}
	return event
}

// NotAttachedError means that nothing is attached where something was to be
// detached.
type NotAttachedError struct {
	// Hook is the kind of hook, Target the place, Function the C function, ""
	// for any.
	Hook, Target, Function string
	// Nearest holds up to three places of that hook that have a similar name.
	Nearest []string
}

func (e *NotAttachedError) Error() string {
	what := "nothing"
	if e.Function != "" {
		what = e.Function
	}
	return fmt.Sprintf("detach %s %s: %s is attached there%s", e.Hook, e.Target, not(what), nearest.Phrase(e.Nearest))
}

func not(what string) string {
	if what == "nothing" {
		return what
	}
	return "no function " + what
}

// AlreadyAttachedError means that a function was to be attached where it is
// attached already, to a hook that takes each function once.
type AlreadyAttachedError struct {
	// Link is the attachment there is.
	Link *Link
}

func (e *AlreadyAttachedError) Error() string {
	return fmt.Sprintf("%s runs there already, and this hook runs a function once: use the link there is, or close it first",
		e.Link.function)
}

// detach closes the links of a place, and takes the place off those that have
// others as well.
func (m *Module) detach(hook, target, function, spelling string) error {
	if m == nil {
		return fmt.Errorf("detach %s %s: %w", hook, target, errNoModule)
	}
	m.mu.Lock()
	whole, parts := m.linksAt(hook, function, target, spelling)
	closed := m.closed
	m.mu.Unlock()
	if closed {
		return fmt.Errorf("detach %s %s: %w", hook, target, errClosed)
	}
	if len(whole)+len(parts) == 0 {
		return m.notAttached(hook, target, function)
	}
	var errs []error
	for _, l := range whole {
		errs = append(errs, l.Close())
	}
	for _, l := range parts {
		errs = append(errs, l.drop(target, spelling))
	}
	return errors.Join(errs...)
}

// linksAt lists the links that end with a place and those that only lose it.
func (m *Module) linksAt(hook, function, target, spelling string) (whole, parts []*Link) {
	for l := range m.links {
		switch {
		case l.hook != hook || function != "" && l.function != function:
		case l.isCalled(target) || l.isCalled(spelling):
			whole = append(whole, l)
		case slices.Contains(l.targets, target) || slices.Contains(l.targets, spelling):
			parts = append(parts, l)
		}
	}
	return whole, parts
}

func (l *Link) isCalled(name string) bool {
	return l.target == name || slices.Contains(l.names, name)
}

func (m *Module) notAttached(hook, target, function string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var places []string
	for l := range m.links {
		if l.hook == hook && (function == "" || l.function == function) {
			places = append(places, l.targets...)
		}
	}
	return &NotAttachedError{Hook: hook, Target: target, Function: function, Nearest: nearest.In(target, places, 3)}
}

// checkOnce refuses to attach a function a second time. Only hooks that the
// kernel cannot run a function twice at need it.
func (m *Module) checkOnce(hook, target, function string) error {
	if m == nil {
		return nil // attaching reports it
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for l := range m.links {
		if l.hook == hook && l.function == function && slices.Contains(l.targets, target) {
			return &AlreadyAttachedError{Link: l}
		}
	}
	return nil
}
