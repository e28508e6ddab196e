package bccgo

import "slices"

// NumOpenKprobes counts the places in the kernel where functions of the module
// are attached by kprobes and kretprobes, each match of a regular expression
// and each function at a place.
func (m *Module) NumOpenKprobes() int { return m.countTargets("kprobe", "kretprobe") }

// NumOpenUprobes is NumOpenKprobes of uprobes and uretprobes.
func (m *Module) NumOpenUprobes() int { return m.countTargets("uprobe", "uretprobe") }

// NumOpenTracepoints is NumOpenKprobes of tracepoints. Raw ones do not count.
func (m *Module) NumOpenTracepoints() int { return m.countTargets("tracepoint") }

func (m *Module) countTargets(hooks ...string) int {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for l := range m.links {
		if slices.Contains(hooks, l.hook) {
			n += len(l.targets)
		}
	}
	return n
}
