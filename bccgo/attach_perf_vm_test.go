package bccgo

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// Without a process the event samples all CPUs, each at its own place.
func TestVMPerfEventEverywhere(t *testing.T) {
	testenv.VM(t)
	m := loadLive(t, sampleText, nil)
	c := startBurner(t)
	l, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond})
	if err != nil {
		t.Fatal(err)
	}
	online, err := onlineCPUs()
	if err != nil {
		t.Fatal(err)
	}
	if events := l.closer.(perfFiles); len(events) != len(online) {
		t.Errorf("%d events on %d CPUs", len(events), len(online))
	}
	for i, target := range l.Targets() {
		if want := fmt.Sprintf("software:cpu-clock on CPU %d", online[i]); target != want {
			t.Errorf("target %q, want %q", target, want)
		}
	}
	c.call("b")
	counts := sampled(t, m)
	if n := counts[uint32(c.pid)]; n < 40 || n > 250 {
		t.Errorf("%d samples of the burner, want about 200: %v", n, counts)
	}
	if len(counts) < 2 {
		t.Errorf("samples of %v alone", counts)
	}
}

// A CPU that goes offline after it was listed is left out; one that was asked
// for by number is not.
func TestVMPerfEventOffline(t *testing.T) {
	testenv.VM(t)
	listed, err := onlineCPUs()
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) < 2 {
		t.Fatal("the test needs two CPUs")
	}
	m := loadLive(t, sampleText, nil)
	last := listed[len(listed)-1]
	was := onlineCPUs
	t.Cleanup(func() {
		onlineCPUs = was
		setOnline(t, last, true)
	})
	onlineCPUs = func() ([]int, error) {
		setOnline(t, last, false)
		return listed, nil
	}
	l, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample", &PerfEventOptions{SampleFreq: 99})
	if err != nil {
		t.Fatal(err)
	}
	on := func(f perfFile) bool { return f.cpu == last }
	events := l.closer.(perfFiles)
	if len(events) != len(listed)-1 || slices.ContainsFunc(events, on) {
		t.Errorf("events %v", events)
	}
	onlineCPUs = was
	o := &PerfEventOptions{SampleFreq: 99, CPUs: listed}
	if _, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample", o); err == nil {
		t.Errorf("attached to CPU %d, which is offline", last)
	} else if want := fmt.Sprintf("CPU %d is not online", last); !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

func setOnline(t *testing.T, cpu int, online bool) {
	t.Helper()
	digit := "0"
	if online {
		digit = "1"
	}
	file := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/online", cpu)
	if err := os.WriteFile(file, []byte(digit), 0); err != nil {
		t.Fatal(err)
	}
}
