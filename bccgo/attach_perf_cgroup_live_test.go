package bccgo

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// A control group counts whoever is in it.
func TestLivePerfEventCgroup(t *testing.T) {
	testenv.Live(t)
	dir := makeCgroup(t)
	m := loadLive(t, sampleText, nil)
	_, err := m.AttachPerfEvent(PerfTypeSoftware, PerfSWCPUClock, "on_sample",
		&PerfEventOptions{SamplePeriod: millisecond, Cgroup: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := startBurner(t)
	c.call("b")
	if counts := sampled(t, m); len(counts) != 0 {
		t.Errorf("samples %v while the group was empty", counts)
	}
	if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(c.pid)), 0); err != nil {
		t.Fatal(err)
	}
	c.call("b")
	only(t, "in the group", sampled(t, m), c.pid, 200)
}

// makeCgroup makes a control group of version 2 and removes it at the end, when
// its processes have ended.
func makeCgroup(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if fields[2] != "cgroup2" {
			continue
		}
		dir := fields[1] + "/bccgo-test-" + strconv.Itoa(os.Getpid())
		if testenv.Current() == testenv.StageVM {
			// Only with some controller on are groups part of perf events.
			if err := os.WriteFile(fields[1]+"/cgroup.subtree_control", []byte("+pids"), 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skipf("cannot make a control group: %v", err)
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		})
		return dir
	}
	t.Skip("no control groups of version 2 are mounted")
	return ""
}
