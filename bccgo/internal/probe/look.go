package probe

import "sync"

// Look tells which of some places the running kernel has. Kernel functions are
// looked up all at once, and only when the first of them is asked about.
type Look struct {
	kernel    *Kernel
	memory    Memory
	state     func() (string, error)
	functions func() (*foundKprobes, error)
}

// Look begins a look at places. It reads nothing yet. memory may be nil.
func (k *Kernel) Look(places []Place, memory Memory) *Look {
	return &Look{kernel: k, memory: memory, state: sync.OnceValues(k.state), functions: sync.OnceValues(func() (*foundKprobes, error) {
		var names []string
		for _, p := range places {
			if p.isFunction() {
				name, err := k.FixSyscallName(p.Name)
				if err != nil {
					return nil, err
				}
				names = append(names, name)
			}
		}
		return k.findKprobes(names)
	})}
}

func (p Place) isFunction() bool {
	return p.Kind == KprobePlace || p.Kind == KretprobePlace
}

// Has reports whether a probe can be put at p, which is one of the places that
// the look began with.
func (l *Look) Has(p Place) bool {
	if !p.isFunction() {
		return l.Why(p) == nil
	}
	if l.unsupported(p) != nil {
		return false
	}
	if a, ok := l.recall(p); ok {
		return a.Found
	}
	found, name, err := l.function(p)
	if err != nil {
		return false
	}
	has := found.symbol(name) != nil
	l.keep(p, answer{Found: has})
	return has
}

// Why returns the reason why no probe can be put at p, nil if one can. For
// functions it takes longer than Has, because of the similar names in it.
func (l *Look) Why(p Place) error {
	switch p.Kind {
	case TracepointPlace:
		_, err := l.kernel.TracepointID(p.Category, p.Name)
		return err
	case RawTracepointPlace:
		return l.whyNotRaw(p)
	}
	if err := l.unsupported(p); err != nil {
		return err
	}
	switch a, ok := l.recall(p); {
	case ok && a.Found:
		return nil
	case ok && a.Failed != nil:
		return a.Failed
	}
	found, name, err := l.function(p)
	if err != nil {
		return err
	}
	if found.symbol(name) != nil {
		l.keep(p, answer{Found: true})
		return nil
	}
	err = l.kernel.explain(found, name)
	if failed, ok := err.(*KprobeError); ok {
		l.keep(p, answer{Failed: failed})
	}
	return err
}

func (l *Look) whyNotRaw(p Place) error {
	if err := l.kernel.RawTracepointSupported(); err != nil {
		return err
	}
	switch a, ok := l.recall(p); {
	case ok && a.Found:
		return nil
	case ok && a.Unknown != nil:
		return a.Unknown
	}
	err := l.kernel.RawTracepoint(p.Name)
	unknown, ok := err.(*UnknownError)
	if err == nil || ok {
		l.keep(p, answer{Found: err == nil, Unknown: unknown})
	}
	return err
}

// unsupported is the error of a kernel without kprobes. It comes first: it is
// the better reason, and the names need not be read then.
func (l *Look) unsupported(p Place) error {
	if err := l.kernel.KprobesSupported(); err != nil {
		return &KprobeError{Name: p.Name, Reason: KprobeUnsupported, Err: err}
	}
	return nil
}

// function returns what was found, and the name to look for in it.
func (l *Look) function(p Place) (*foundKprobes, string, error) {
	found, err := l.functions()
	if err != nil {
		return nil, "", err
	}
	name, err := l.kernel.FixSyscallName(p.Name)
	return found, name, err
}
