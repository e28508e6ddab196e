package bccgo

import (
	"slices"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// exporters are the open modules of this process that export tables.
var exporters exporterList

// exporterList holds modules in the order they were loaded.
type exporterList struct {
	mu      sync.Mutex
	modules []*Module
}

// add notes a module if it exports tables.
func (l *exporterList) add(m *Module) {
	if !slices.ContainsFunc(m.bundle.Maps, func(t bundle.Map) bool { return t.Exported() }) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.modules = append(l.modules, m)
}

// remove forgets a module.
func (l *exporterList) remove(m *Module) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.modules = slices.DeleteFunc(l.modules, func(o *Module) bool { return o == m })
}

// of lists the modules that export a table under a name, the one to take first.
// As in BCC that is the first loaded, and BPF_TABLE_SHARED hides
// BPF_TABLE_PUBLIC.
func (l *exporterList) of(name string) []*Module {
	l.mu.Lock()
	defer l.mu.Unlock()
	var shared, public []*Module
	for _, m := range l.modules {
		switch t := m.bundle.Map(name); {
		case t == nil || !t.Exported():
		case t.Shared():
			shared = append(shared, m)
		default:
			public = append(public, m)
		}
	}
	return append(shared, public...)
}

// names lists the tables that are exported, sorted.
func (l *exporterList) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, m := range l.modules {
		for _, t := range m.bundle.Maps {
			if t.Exported() {
				names = append(names, t.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
