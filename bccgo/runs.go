package bccgo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// CountRuns makes the kernel count the runs and the time of all programs, those of
// other processes too, until the returned value is closed or the process ends. It
// costs each run the reading of a clock twice, some 20 to 50 ns. Without it, and
// without the sysctl kernel.bpf_stats_enabled, nothing is counted. It needs Linux
// 5.8; before, it is an *UnsupportedError.
func CountRuns() (io.Closer, error) {
	if err := CheckPrivilege(); err != nil {
		return nil, fmt.Errorf("count the runs of programs: %w", err)
	}
	on, err := ebpf.EnableStats(unix.BPF_STATS_RUN_TIME)
	if err != nil {
		return nil, &UnsupportedError{Feature: "statistics of runs",
			Reason: "the kernel is older than 5.8", Fix: "sysctl -w kernel.bpf_stats_enabled=1", Err: err}
	}
	return on, nil
}

// countRuns counts them until the module is closed.
func (m *Module) countRuns() error {
	on, err := CountRuns()
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams[on] = struct{}{}
	return nil
}

// RunStats is what one function cost.
type RunStats struct {
	Function string `json:"function"`
	// Type is the kernel's type of program that it was loaded as.
	Type string `json:"type"`
	// Runs counts those since statistics were on, Time is what all of them took.
	Runs uint64        `json:"runs"`
	Time time.Duration `json:"time_ns"`
	// Missed counts those that the kernel left out, as the program or another one
	// was running on that CPU (Linux 5.12).
	Missed uint64 `json:"missed"`
}

// Average is the time of one run, 0 without any.
func (r RunStats) Average() time.Duration {
	if r.Runs == 0 {
		return 0
	}
	return r.Time / time.Duration(r.Runs)
}

// RunStats returns what the module's functions cost, those that took longest
// first. Only what ran while Options.Stats, CountRuns or the sysctl was on is in
// it. It needs Linux 5.1; all counts are 0 before.
func (m *Module) RunStats() ([]RunStats, error) {
	if m == nil {
		return nil, fmt.Errorf("read run statistics: %w", errNoModule)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fmt.Errorf("read run statistics: %w", ErrClosed)
	}
	var all []RunStats
	for key, p := range m.progs {
		stats, err := p.Stats()
		if err != nil {
			return nil, fmt.Errorf("read run statistics of function %s: %w", key.function, err)
		}
		all = append(all, RunStats{key.function, p.Type().String(), stats.RunCount, stats.Runtime, stats.RecursionMisses})
	}
	slices.SortFunc(all, func(a, b RunStats) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Function, b.Function))
	})
	return all, nil
}
