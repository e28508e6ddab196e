package probe

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

func TestLiveUname(t *testing.T) {
	u, err := Running().Uname()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("uname", "-r").Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(out)); u.Release != want {
		t.Errorf("release is %q, uname says %q", u.Release, want)
	}
	if _, err := ParseVersion(u.Release); err != nil {
		t.Error(err)
	}
}

func TestLiveCPUs(t *testing.T) {
	online, err := Running().OnlineCPUs()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("getconf", "_NPROCESSORS_ONLN").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(online), strings.TrimSpace(string(out)); strconv.Itoa(got) != want {
		t.Errorf("%d CPUs online, getconf says %s", got, want)
	}
	possible, err := Running().PossibleCPUs()
	if err != nil || len(possible) < len(online) {
		t.Errorf("possible: %v, %v", possible, err)
	}
}

func TestLiveSyscallPrefix(t *testing.T) {
	want := map[string]string{"amd64": "__x64_sys_", "arm64": "__arm64_sys_"}[runtime.GOARCH]
	if want == "" {
		t.Skip("only x86-64 and arm64 are known here")
	}
	if got, err := Running().SyscallPrefix(); got != want || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestLiveTracepoints mounts tracefs where only this thread sees it, and
// reads every tracepoint the kernel has.
func TestLiveTracepoints(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount tracefs")
	}
	root := roottest.Tree(t, map[string]string{"/sys/kernel/tracing/": ""})
	onThread(func() {
		if err := privateTracefs(root.Path("/sys/kernel/tracing")); err != nil {
			t.Errorf("mount tracefs: %v", err)
			return
		}
		checkTracepoints(t, New(root))
	})
}

func privateTracefs(dir string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return unix.Mount("tracefs", dir, "tracefs", 0, "")
}

func checkTracepoints(t *testing.T, k *Kernel) {
	all, err := k.Tracepoints()
	if err != nil || len(all) < 500 {
		t.Errorf("%d tracepoints, %v", len(all), err)
	}
	for _, name := range all {
		category, event, _ := strings.Cut(name, ":")
		text, err := k.TracepointFormat(category, event)
		if err != nil {
			t.Error(err)
			continue
		}
		format, err := ParseFormat(text)
		if err != nil {
			t.Error(err)
			continue
		}
		id, err := k.TracepointID(category, event)
		if err != nil || id != uint64(format.ID) || format.Name != event {
			t.Errorf("%s: format of %s with ID %d, id file %d, %v", name, format.Name, format.ID, id, err)
		}
		if got := strings.Count(text, "\tfield:"); got != len(format.Fields) {
			t.Errorf("%s: %d of %d fields read", name, len(format.Fields), got)
		}
	}
	var unknown *UnknownError
	if _, err := k.TracepointFormat("sched", "sched_swithc"); !errors.As(err, &unknown) || len(unknown.Nearest) == 0 || unknown.Nearest[0] != "sched:sched_switch" {
		t.Errorf("a mistyped name: %v", err)
	}
}

func TestLiveRawTracepoint(t *testing.T) {
	if err := Running().RawTracepoint("sched_switch"); err != nil {
		t.Error(err)
	}
	var unknown *UnknownError
	if err := Running().RawTracepoint("sched_swithc"); !errors.As(err, &unknown) || unknown.Nearest[0] != "sched_switch" {
		t.Errorf("a mistyped name: %v", err)
	}
}

func BenchmarkKsyms(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Running().Ksyms() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkSyscallPrefix(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Running().findSyscallPrefix(); err != nil {
			b.Fatal(err)
		}
	}
}
