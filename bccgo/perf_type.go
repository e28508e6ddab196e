package bccgo

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// PerfType is a kind of perf event (enum perf_type_id of linux/perf_event.h).
// Numbers beyond the named ones are those that
// /sys/bus/event_source/devices/NAME/type holds.
type PerfType uint32

// Kinds of perf events.
const (
	PerfTypeHardware   PerfType = unix.PERF_TYPE_HARDWARE
	PerfTypeSoftware   PerfType = unix.PERF_TYPE_SOFTWARE
	PerfTypeTracepoint PerfType = unix.PERF_TYPE_TRACEPOINT
	PerfTypeHWCache    PerfType = unix.PERF_TYPE_HW_CACHE
	PerfTypeRaw        PerfType = unix.PERF_TYPE_RAW
	PerfTypeBreakpoint PerfType = unix.PERF_TYPE_BREAKPOINT
)

func (t PerfType) String() string {
	names := []string{"hardware", "software", "tracepoint", "cache", "raw", "breakpoint"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// PerfHWConfig is the event of a PerfTypeHardware (enum perf_hw_id). It is
// another name of uint64, so that it fits where events of all types do.
type PerfHWConfig = uint64

// Counters that most processors have.
const (
	PerfHWCPUCycles             PerfHWConfig = unix.PERF_COUNT_HW_CPU_CYCLES
	PerfHWInstructions          PerfHWConfig = unix.PERF_COUNT_HW_INSTRUCTIONS
	PerfHWCacheReferences       PerfHWConfig = unix.PERF_COUNT_HW_CACHE_REFERENCES
	PerfHWCacheMisses           PerfHWConfig = unix.PERF_COUNT_HW_CACHE_MISSES
	PerfHWBranchInstructions    PerfHWConfig = unix.PERF_COUNT_HW_BRANCH_INSTRUCTIONS
	PerfHWBranchMisses          PerfHWConfig = unix.PERF_COUNT_HW_BRANCH_MISSES
	PerfHWBusCycles             PerfHWConfig = unix.PERF_COUNT_HW_BUS_CYCLES
	PerfHWStalledCyclesFrontend PerfHWConfig = unix.PERF_COUNT_HW_STALLED_CYCLES_FRONTEND
	PerfHWStalledCyclesBackend  PerfHWConfig = unix.PERF_COUNT_HW_STALLED_CYCLES_BACKEND
	PerfHWRefCPUCycles          PerfHWConfig = unix.PERF_COUNT_HW_REF_CPU_CYCLES
)

// PerfSWConfig is the event of a PerfTypeSoftware (enum perf_sw_ids). It is
// another name of uint64, so that it fits where events of all types do.
type PerfSWConfig = uint64

// Events that the kernel itself counts. The two clocks count nanoseconds; they
// sample where there are no hardware counters, as in most virtual machines.
const (
	PerfSWCPUClock        PerfSWConfig = unix.PERF_COUNT_SW_CPU_CLOCK
	PerfSWTaskClock       PerfSWConfig = unix.PERF_COUNT_SW_TASK_CLOCK
	PerfSWPageFaults      PerfSWConfig = unix.PERF_COUNT_SW_PAGE_FAULTS
	PerfSWContextSwitches PerfSWConfig = unix.PERF_COUNT_SW_CONTEXT_SWITCHES
	PerfSWCPUMigrations   PerfSWConfig = unix.PERF_COUNT_SW_CPU_MIGRATIONS
	PerfSWPageFaultsMin   PerfSWConfig = unix.PERF_COUNT_SW_PAGE_FAULTS_MIN
	PerfSWPageFaultsMaj   PerfSWConfig = unix.PERF_COUNT_SW_PAGE_FAULTS_MAJ
	PerfSWAlignmentFaults PerfSWConfig = unix.PERF_COUNT_SW_ALIGNMENT_FAULTS
	PerfSWEmulationFaults PerfSWConfig = unix.PERF_COUNT_SW_EMULATION_FAULTS
	PerfSWDummy           PerfSWConfig = unix.PERF_COUNT_SW_DUMMY
	PerfSWBPFOutput       PerfSWConfig = unix.PERF_COUNT_SW_BPF_OUTPUT
)
