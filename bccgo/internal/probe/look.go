package probe

import "sync"

// Look tells which of some places the running kernel has. Kernel functions are
// looked up all at once, and only when the first of them is asked about.
type Look struct {
	kernel    *Kernel
	functions func() (*foundKprobes, error)
}

// Look begins a look at places. It reads nothing yet.
func (k *Kernel) Look(places []Place) *Look {
	return &Look{kernel: k, functions: sync.OnceValues(func() (*foundKprobes, error) {
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
	found, name, err := l.function(p)
	return err == nil && found.symbol(name) != nil
}

// Why returns the reason why no probe can be put at p, nil if one can. For
// functions it takes longer than Has, because of the similar names in it.
func (l *Look) Why(p Place) error {
	switch p.Kind {
	case TracepointPlace:
		_, err := l.kernel.TracepointID(p.Category, p.Name)
		return err
	case RawTracepointPlace:
		if err := l.kernel.RawTracepointSupported(); err != nil {
			return err
		}
		return l.kernel.RawTracepoint(p.Name)
	}
	found, name, err := l.function(p)
	if err != nil || found.symbol(name) != nil {
		return err
	}
	return l.kernel.explain(found, name)
}

// function returns what was found, and the name to look for in it.
func (l *Look) function(p Place) (*foundKprobes, string, error) {
	// Whether the kernel has kprobes at all comes first: it is the better
	// reason, and the names need not be read then.
	if err := l.kernel.KprobesSupported(); err != nil {
		return nil, "", &KprobeError{Name: p.Name, Reason: KprobeUnsupported, Err: err}
	}
	found, err := l.functions()
	if err != nil {
		return nil, "", err
	}
	name, err := l.kernel.FixSyscallName(p.Name)
	return found, name, err
}
