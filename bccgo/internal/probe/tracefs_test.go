package probe

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

func TestTracefsPlaces(t *testing.T) {
	const filesystems = "nodev\ttracefs\n"
	for want, files := range map[string]map[string]string{
		"/sys/kernel/tracing":       {"/sys/kernel/tracing/events/": "", "/sys/kernel/debug/tracing/events/": ""},
		"/sys/kernel/debug/tracing": {"/sys/kernel/tracing/": "", "/sys/kernel/debug/tracing/events/": ""},
		"/mnt/my tracing": {
			"/sys/kernel/tracing/": "", "/mnt/my tracing/events/": "",
			"/proc/mounts": "proc /proc proc rw 0 0\nshort\ntracefs /mnt/my\\040tracing tracefs rw 0 0\n",
		},
		"/d/tracing": {"/d/tracing/events/": "", "/proc/mounts": "none /d debugfs rw 0 0\n"},
	} {
		files["/proc/filesystems"] = filesystems
		if got, err := New(roottest.Tree(t, files)).Tracefs(); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

func TestTracefsErrors(t *testing.T) {
	tests := []struct {
		files  map[string]string
		reason TracefsReason
		text   string
	}{
		{map[string]string{"/proc/filesystems": "nodev\ttracefs\n"}, TracefsNotMounted, "mount -t tracefs tracefs /sys/kernel/tracing"},
		{map[string]string{"/proc/filesystems": "nodev\tproc\n"}, TracefsMissing, "CONFIG_FTRACE"},
		{nil, TracefsNotMounted, "as root"},
		{map[string]string{"/sys/kernel/security/lockdown": "none integrity [confidentiality]\n"}, TracefsLocked, "lockdown=integrity"},
		{map[string]string{"/sys/kernel/tracing": roottest.Link + "tracing"}, TracefsNotReadable, "run as root"},
	}
	for _, tt := range tests {
		_, err := New(roottest.Tree(t, tt.files)).TracepointFormat("sched", "sched_switch")
		var failed *TracefsError
		if !errors.As(err, &failed) || failed.Reason != tt.reason || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("got %v, want %q with %q", err, tt.reason, tt.text)
		}
	}
}

func TestTracefsDenied(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to read the files as someone else")
	}
	root := roottest.Tree(t, map[string]string{"/sys/kernel/tracing/events/": ""})
	for dir := string(root); len(dir) > len(os.TempDir()); dir = dir[:strings.LastIndex(dir, "/")] {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(root.Path("/sys/kernel/tracing"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	asNobody(t, func() { _, err = New(root).Tracefs() })
	var failed *TracefsError
	if !errors.As(err, &failed) || failed.Reason != TracefsNotReadable || !errors.Is(err, syscall.EACCES) {
		t.Fatalf("got %v", err)
	}
	if failed.Path != "/sys/kernel/tracing" {
		t.Errorf("the path is %q", failed.Path)
	}
}

func TestTracefsIsFoundLater(t *testing.T) {
	k := New(roottest.Tree(t, nil))
	if _, err := k.Tracefs(); err == nil {
		t.Fatal("found in an empty root")
	}
	if err := os.MkdirAll(k.root.Path("/sys/kernel/tracing/events"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Tracefs(); err != nil {
		t.Errorf("not found once mounted: %v", err)
	}
}

func TestTracepoints(t *testing.T) {
	k := kernel(t, nil)
	all, err := k.Tracepoints()
	if want := []string{"block:block_rq_issue", "sched:sched_switch", "sched:sched_waking"}; err != nil || !slices.Equal(all, want) {
		t.Errorf("all: %v, %v", all, err)
	}
	if id, err := k.TracepointID("sched", "sched_switch"); id != 314 || err != nil {
		t.Errorf("id: %d, %v", id, err)
	}
	if text, err := k.TracepointFormat("sched", "sched_switch"); err != nil || !strings.HasPrefix(text, "name: sched_switch\n") {
		t.Errorf("format: %q, %v", text, err)
	}
	for name, want := range map[[2]string]bool{
		{"sched", "sched_switch"}: true, {"sched", "nothing"}: false, {"sched", ".."}: false, {"", "x"}: false, {"sched", "sched_switch/../sched_switch"}: false,
	} {
		if got, err := k.TracepointExists(name[0], name[1]); got != want || err != nil {
			t.Errorf("%v exists: %v, %v", name, got, err)
		}
	}
	if _, err := New(roottest.Tree(t, nil)).TracepointExists("a", "b"); err == nil {
		t.Error("without tracefs nothing is known to be missing")
	}
}

func TestUnknownTracepoint(t *testing.T) {
	for name, want := range map[[2]string][]string{
		{"sched", "sched_swich"}:   {"sched:sched_switch"},
		{"task", "sched_switch"}:   {"sched:sched_switch"},
		{"block", "block_rq_isue"}: {"block:block_rq_issue"},
		{"nothing", "like_it"}:     nil,
	} {
		_, err := kernel(t, nil).TracepointFormat(name[0], name[1])
		var unknown *UnknownError
		if !errors.As(err, &unknown) || !slices.Equal(unknown.Nearest, want) {
			t.Errorf("%v: %v", name, err)
		}
	}
	_, err := kernel(t, nil).TracepointID("sched", "sched_swich")
	if got, want := err.Error(), "this kernel has no tracepoint sched:sched_swich; did you mean sched:sched_switch?"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestRawTracepoint(t *testing.T) {
	k := kernel(t, nil)
	if err := k.RawTracepoint("sched_switch"); err != nil {
		t.Error(err)
	}
	var unknown *UnknownError
	if err := k.RawTracepoint("sched_swich"); !errors.As(err, &unknown) || !slices.Equal(unknown.Nearest, []string{"sched_switch"}) {
		t.Errorf("got %v", err)
	}
	k = kernel(t, map[string]string{"/proc/kallsyms": "0 T vfs_read\n"})
	if err := k.RawTracepoint("sched_swich"); err != nil {
		t.Errorf("a kernel that lists no tracepoints: %v", err)
	}
	k = kernel(t, map[string]string{"/proc/kallsyms": "0 D __tracepoint_sys_exit\n"})
	if err := k.RawTracepoint("sys_exit"); err != nil {
		t.Errorf("by its variable: %v", err)
	}
}
