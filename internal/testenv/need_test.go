package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// moveRoot makes a file tree with the given folders the one that is looked at.
func moveRoot(t *testing.T, folders ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	old := root
	root = dir
	t.Cleanup(func() { root = old })
}

func TestNeeds(t *testing.T) {
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	release := unix.ByteSliceToString(name.Release[:])
	switched := func(tb testing.TB) { NeedTracepoint(tb, "sched:sched_switch") }
	for _, test := range []struct {
		name   string
		need   func(testing.TB)
		folder string
		reason string
	}{
		{"kprobes", NeedKprobes, "/sys/bus/event_source/devices/kprobe", "CONFIG_KPROBE_EVENTS"},
		{"uprobes", NeedUprobes, "/sys/bus/event_source/devices/uprobe", "CONFIG_UPROBE_EVENTS"},
		{"tracefs", NeedTracefs, "/sys/kernel/tracing/events", "not mounted"},
		{"tracefs in debugfs", NeedTracefs, "/sys/kernel/debug/tracing/events", "not mounted"},
		{"tracepoint", switched, "/sys/kernel/tracing/events/sched/sched_switch", "not mounted"},
		{"headers", NeedHeaders, "/lib/modules/" + release + "/build", "BCCGO_HEADERS"},
		{"types", NeedHeaders, "/sys/kernel/btf", "BTF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			moveRoot(t)
			checkMissing(t, test.need, test.reason)
			moveRoot(t, test.folder)
			for _, stage := range []string{"live", "vm"} {
				t.Setenv(StageEnv, stage)
				if how, why := outcome(test.need); how != "run" {
					t.Errorf("%s: %s although %s exists: %s", stage, how, test.folder, why)
				}
			}
		})
	}
}

// checkMissing checks that a need that is not met skips on the machine itself,
// and fails where it is promised.
func checkMissing(t *testing.T, body func(testing.TB), reason string) {
	t.Helper()
	for stage, want := range map[string]string{"live": "skip", "vm": "fatal"} {
		t.Setenv(StageEnv, stage)
		how, why := outcome(body)
		if how != want || !strings.Contains(why, reason) {
			t.Errorf("%s: %s (%q), want %s with %q", stage, how, why, want, reason)
		}
	}
}

func TestNeedTracepointNames(t *testing.T) {
	moveRoot(t, "/sys/kernel/tracing/events/sched/sched_switch")
	checkMissing(t, func(tb testing.TB) { NeedTracepoint(tb, "sched:sched_swich") }, "sched:sched_swich")
	checkMissing(t, func(tb testing.TB) { NeedTracepoint(tb, "sched_switch") }, "not category:event")
}

func TestNeedHeadersFromEnvironment(t *testing.T) {
	moveRoot(t)
	t.Setenv("BCC_KERNEL_SOURCE", "")
	t.Setenv("BCCGO_HEADERS", "/usr/src/linux")
	if how, why := outcome(NeedHeaders); how != "run" {
		t.Errorf("%s: %s", how, why)
	}
}

func TestNeedProgram(t *testing.T) {
	t.Setenv(StageEnv, "live")
	if how, why := outcome(func(tb testing.TB) { NeedProgram(tb, "go") }); how != "run" {
		t.Errorf("go: %s: %s", how, why)
	}
	checkMissing(t, func(tb testing.TB) { NeedProgram(tb, "no-such-program") }, "no-such-program")
}

// TestNeedFentry attaches for real. In the VM fentry is promised, elsewhere a
// reason is enough.
func TestNeedFentry(t *testing.T) {
	Live(t)
	NeedFentry(t)
}
