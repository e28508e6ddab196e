package bccgo

import "fmt"

// Misses returns how many calls the kernel left out, of all functions of the
// module, because they interrupted another one on the same CPU: of the same
// function, for raw tracepoints; of any program, for kprobes, perf events and
// tracepoints with formats. What such a call would have seen is missing from the
// tables and streams.
//
// It needs Linux 5.12. Which hooks count depends on the kernel: raw tracepoints
// do since 6.1, where the calls were not left out before. Uncounted ones are 0.
func (m *Module) Misses() (uint64, error) {
	if m == nil {
		return 0, errClosed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, errClosed
	}
	var sum uint64
	for key, p := range m.progs {
		stats, err := p.Stats()
		if err != nil {
			return 0, fmt.Errorf("read how many calls of %s were left out: %w", key.function, err)
		}
		sum += stats.RecursionMisses
	}
	return sum, nil
}
