package bccgo

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// SampleRateError means that a perf event was to sample more often than the
// kernel allows. The kernel lowers its limit by itself when sampling takes too
// much time.
type SampleRateError struct {
	// Freq was wanted, Max is allowed, in samples a second.
	Freq, Max uint64
	// Err is the kernel's answer.
	Err error
}

func (e *SampleRateError) Error() string {
	return fmt.Sprintf("%d samples a second are more than the kernel allows (%d): lower SampleFreq, or as root: "+
		"sysctl kernel.perf_event_max_sample_rate=%d", e.Freq, e.Max, e.Freq)
}

func (e *SampleRateError) Unwrap() error { return e.Err }

// explain says what a refusal of perf_event_open(2) means for this event.
func (e *perfEvent) explain(at perfPlace, err error) error {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return &PermissionError{Op: "open perf event " + perfName(&e.attr), Err: err,
			Missing: "the kernel refuses perf events to this user (kernel.perf_event_paranoid)",
			Fix:     "run it as root (sudo), or give the program the capability CAP_PERFMON"}
	case e.opts.CPUs != nil && e.offline(at.cpu):
		return fmt.Errorf("CPU %d is not online: %w", at.cpu, err)
	case e.tooOften():
		return &SampleRateError{Freq: e.attr.Sample, Max: maxSampleRate(), Err: err}
	case errors.Is(err, unix.ENOENT) && e.opts.Cgroup != "" && !e.ofProcessor():
		return fmt.Errorf("the kernel counts no perf events for control group %s: switch on some controller for the groups "+
			"of its parent (echo +pids > cgroup.subtree_control there): %w", e.opts.Cgroup, err)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL) && e.ofProcessor():
		return e.absent(err)
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("process %d has ended: %w", e.opts.PID, err)
	case errors.Is(err, unix.EMFILE):
		return fmt.Errorf("open perf event %s: it takes one descriptor a CPU and thread, and no more are free "+
			"(raise the limit: ulimit -n): %w", perfName(&e.attr), err)
	case errors.Is(err, unix.ENOSPC) && PerfType(e.attr.Type) == PerfTypeBreakpoint:
		return fmt.Errorf("open perf event %s: all of the processor's debug registers are in use: %w", perfName(&e.attr), err)
	case errors.Is(err, unix.EBADF) && e.opts.Cgroup != "":
		return fmt.Errorf("%s is no control group: give a directory of version 2 (below /sys/fs/cgroup), "+
			"or of the perf_event hierarchy of version 1: %w", e.opts.Cgroup, err)
	}
	return fmt.Errorf("open perf event %s: %w", perfName(&e.attr), err)
}

func (e *perfEvent) tooOften() bool {
	most := maxSampleRate()
	return e.attr.Bits&unix.PerfBitFreq != 0 && most != 0 && e.attr.Sample > most
}

// maxSampleRate is the kernel's limit, 0 where it cannot be read.
func maxSampleRate() uint64 {
	var n uint64
	line, err := probe.Running().Root().ReadLine("/proc/sys/kernel/perf_event_max_sample_rate")
	if err == nil {
		_, err = fmt.Sscan(line, &n)
	}
	if err != nil {
		return 0
	}
	return n
}

// ofProcessor tells events that are counted by the processor.
func (e *perfEvent) ofProcessor() bool {
	switch PerfType(e.attr.Type) {
	case PerfTypeHardware, PerfTypeHWCache, PerfTypeRaw:
		return true
	}
	return false
}

// absent says that the kernel has no such event.
func (e *perfEvent) absent(err error) error {
	name := perfName(&e.attr)
	if !e.ofProcessor() {
		return &UnsupportedError{Feature: "perf events " + name,
			Reason: fmt.Sprintf("the kernel does not have this one (%v)", err),
			Fix:    "see perf list, and /sys/bus/event_source/devices for the types"}
	}
	return &UnsupportedError{Feature: "perf events " + name,
		Reason: fmt.Sprintf("the processor, or the virtual machine's, does not count this (%v)", err),
		Fix:    "sample by time instead: PerfTypeSoftware, PerfSWCPUClock (cpu-clock)"}
}

// offline tells that a CPU is known not to be online.
func (e *perfEvent) offline(cpu int) bool {
	online, err := onlineCPUs()
	return err == nil && !slices.Contains(online, cpu)
}
