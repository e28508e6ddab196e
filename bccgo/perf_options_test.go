package bccgo

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPerfEventOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    *PerfEventOptions
		want string // "" for no error
	}{
		{"period", &PerfEventOptions{SamplePeriod: 1}, ""},
		{"frequency", &PerfEventOptions{SampleFreq: 99, PID: 1, CPUs: []int{0, 3}}, ""},
		{"nil", nil, "SamplePeriod"},
		{"neither", &PerfEventOptions{PID: 1}, "SampleFreq"},
		{"both", &PerfEventOptions{SamplePeriod: 1, SampleFreq: 1}, "one of"},
		{"negative pid", &PerfEventOptions{SamplePeriod: 1, PID: -1}, "PID is -1"},
		{"pid and group", &PerfEventOptions{SamplePeriod: 1, PID: 1, Cgroup: "/"}, "both"},
		{"children of all", &PerfEventOptions{SamplePeriod: 1, Children: true}, "needs a PID"},
		{"no CPU", &PerfEventOptions{SamplePeriod: 1, CPUs: []int{}}, "empty"},
		{"negative CPU", &PerfEventOptions{SamplePeriod: 1, CPUs: []int{-2}}, "-2"},
		{"CPU twice", &PerfEventOptions{SamplePeriod: 1, CPUs: []int{1, 1}}, "once"},
	} {
		e, err := newPerfEvent(unix.PerfEventAttr{}, c.o)
		if err == nil {
			err = e.setSampling()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestPerfSamplingInAttributes(t *testing.T) {
	e, err := newPerfEvent(unix.PerfEventAttr{Sample: 7}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.setSampling(); err != nil || e.attr.Sample != 7 || e.attr.Size != 128 {
		t.Errorf("%v, %+v", err, e.attr)
	}
	e.opts.SamplePeriod = 1
	if err := e.setSampling(); err == nil {
		t.Error("a period in the options besides one in the attributes was taken")
	}
}

func TestPerfName(t *testing.T) {
	for _, c := range []struct {
		attr unix.PerfEventAttr
		want string
	}{
		{unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: PerfSWCPUClock}, "software:cpu-clock"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: PerfSWBPFOutput}, "software:bpf-output"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: 99}, "software:0x63"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeHardware), Config: PerfHWRefCPUCycles}, "hardware:ref-cycles"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeHWCache), Config: PerfCacheConfig(PerfCacheLL, PerfCacheRead, PerfCacheMiss)}, "cache:LLC-read-miss"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeHWCache), Config: 0xff}, "cache:0xff"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeRaw), Config: 0x1a8}, "raw:0x1a8"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeTracepoint), Config: 300}, "tracepoint:300"},
		{unix.PerfEventAttr{Type: uint32(PerfTypeBreakpoint), Ext1: 0x1000}, "breakpoint:0x1000"},
		{unix.PerfEventAttr{Type: 13, Config: 2}, "type 13:0x2"},
	} {
		if got := perfName(&c.attr); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// The numbers are those of linux/perf_event.h, which perf(1) documents as
// (perf_hw_cache_id) | (op << 8) | (result << 16).
func TestPerfCacheConfig(t *testing.T) {
	if got := PerfCacheConfig(PerfCacheDTLB, PerfCacheWrite, PerfCacheMiss); got != 0x10103 {
		t.Errorf("%#x", got)
	}
	if got := PerfCacheConfig(PerfCacheL1D, PerfCachePrefetch, PerfCacheAccess); got != 0x200 {
		t.Errorf("%#x", got)
	}
}
