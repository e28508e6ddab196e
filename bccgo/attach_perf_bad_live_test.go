package bccgo

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestLivePerfEventBad(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, sampleText, nil)
	ended := endedPID(t)
	self := os.Getpid()
	for _, c := range []struct {
		name   string
		typ    PerfType
		config uint64
		o      PerfEventOptions
		want   string
	}{
		{"no sampling", PerfTypeSoftware, 0, PerfEventOptions{PID: self}, "SamplePeriod"},
		{"no process", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, PID: ended}, "no process"},
		{"no group", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/no/such/group"}, "/no/such/group"},
		{"a file", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/proc/self/exe"}, "not a directory"},
		{"a folder", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, Cgroup: "/proc"}, "no control group"},
		{"no such CPU", PerfTypeSoftware, 0, PerfEventOptions{SampleFreq: 9, PID: self, CPUs: []int{60000}}, "CPU 60000 is not online"},
		{"no such event", PerfTypeSoftware, 4444, PerfEventOptions{SampleFreq: 9, PID: self}, "does not have this one"},
		{"no such type", 4444, 0, PerfEventOptions{SampleFreq: 9, PID: self}, "does not have this one"},
		{"breakpoint", PerfTypeBreakpoint, 0, PerfEventOptions{SamplePeriod: 1, PID: self}, "AttachPerfEventRaw"},
	} {
		_, err := m.AttachPerfEvent(c.typ, c.config, "on_sample", &c.o)
		var attach *AttachError
		if !errors.As(err, &attach) || attach.Hook != "perf event" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	_, err := m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", &PerfEventOptions{SampleFreq: 1 << 40, PID: self})
	var rate *SampleRateError
	if !errors.As(err, &rate) || rate.Freq != 1<<40 || rate.Max == 0 || !strings.Contains(err.Error(), "kernel.perf_event_max_sample_rate") {
		t.Errorf("too often: %v", err)
	}
	_, err = m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sampel", &PerfEventOptions{SampleFreq: 9, PID: self})
	var unknown *UnknownError
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "on_sample") {
		t.Errorf("unknown function: %v", err)
	}
	if _, err := m.AttachPerfEventRaw(nil, "on_sample", nil); err == nil {
		t.Error("attached without attributes")
	}
	if n := len(m.Links()); n != 0 {
		t.Errorf("%d links after failures", n)
	}
}

func TestLivePerfEventModule(t *testing.T) {
	testenv.Live(t)
	o := &PerfEventOptions{SampleFreq: 9, PID: os.Getpid()}
	var none *Module
	if _, err := none.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", o); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	if err := none.DetachPerfEvent(PerfTypeSoftware, 0); !errors.Is(err, errNoModule) {
		t.Errorf("nil module: %v", err)
	}
	m := loadLive(t, sampleText, nil)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.AttachPerfEvent(PerfTypeSoftware, 0, "on_sample", o); !errors.Is(err, ErrClosed) {
		t.Errorf("closed module: %v", err)
	}
}

// endedPID is the number of a process that has ended.
func endedPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.Pid()
}
