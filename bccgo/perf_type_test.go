package bccgo

import (
	"slices"
	"testing"
)

// The numbers are the kernel's interface (linux/perf_event.h), which BCC's
// Python classes repeat in this order.
func TestPerfConstants(t *testing.T) {
	types := []PerfType{PerfTypeHardware, PerfTypeSoftware, PerfTypeTracepoint,
		PerfTypeHWCache, PerfTypeRaw, PerfTypeBreakpoint}
	for i, typ := range types {
		if int(typ) != i {
			t.Errorf("%v is %d, want %d", typ, typ, i)
		}
	}
	for name, list := range map[string][]uint64{
		"hardware": {PerfHWCPUCycles, PerfHWInstructions, PerfHWCacheReferences, PerfHWCacheMisses,
			PerfHWBranchInstructions, PerfHWBranchMisses, PerfHWBusCycles, PerfHWStalledCyclesFrontend,
			PerfHWStalledCyclesBackend, PerfHWRefCPUCycles},
		"software": {PerfSWCPUClock, PerfSWTaskClock, PerfSWPageFaults, PerfSWContextSwitches,
			PerfSWCPUMigrations, PerfSWPageFaultsMin, PerfSWPageFaultsMaj, PerfSWAlignmentFaults,
			PerfSWEmulationFaults, PerfSWDummy, PerfSWBPFOutput},
	} {
		for i, n := range list {
			if n != uint64(i) {
				t.Errorf("%s event %d is %d", name, i, n)
			}
		}
	}
}

func TestPerfSampleFormat(t *testing.T) {
	formats := []PerfEventSampleFormat{PerfSampleIP, PerfSampleTID, PerfSampleTime, PerfSampleAddr,
		PerfSampleRead, PerfSampleCallchain, PerfSampleID, PerfSampleCPU, PerfSamplePeriod,
		PerfSampleStreamID, PerfSampleRaw, PerfSampleBranchStack, PerfSampleRegsUser,
		PerfSampleStackUser, PerfSampleWeight, PerfSampleDataSrc, PerfSampleIdentifier,
		PerfSampleTransaction, PerfSampleRegsIntr, PerfSamplePhysAddr, PerfSampleAux,
		PerfSampleCgroup, PerfSampleDataPageSize, PerfSampleCodePageSize, PerfSampleWeightStruct}
	for i, f := range formats {
		if f != 1<<i {
			t.Errorf("format %d is %#x", i, f)
		}
	}
}

func TestPerfTypeString(t *testing.T) {
	types := []PerfType{PerfTypeHardware, PerfTypeSoftware, PerfTypeTracepoint, PerfTypeHWCache, PerfTypeRaw,
		PerfTypeBreakpoint, 77}
	var names []string
	for _, typ := range types {
		names = append(names, typ.String())
	}
	want := []string{"hardware", "software", "tracepoint", "cache", "raw", "breakpoint", "type 77"}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}
