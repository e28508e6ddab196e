package bccgo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// cgroups makes two control groups of the test's own. Their file system is
// mounted for this process alone, which alone gave mounts of its own.
func cgroups(t *testing.T) (inside, outside string) {
	t.Helper()
	top := t.TempDir()
	if err := unix.Mount("cgroup2", top, "cgroup2", 0, ""); err != nil {
		t.Skip("this kernel has no control groups of version 2: ", err)
	}
	t.Cleanup(func() { unix.Unmount(top, 0) })
	groups := make([]string, 2)
	for i, name := range []string{"in", "out"} {
		groups[i] = filepath.Join(top, fmt.Sprintf("bccgo-test-%d-%s", os.Getpid(), name))
		if err := os.Mkdir(groups[i], 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(groups[i]); err != nil {
				t.Error(err)
			}
		})
	}
	home, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(string(home), "0::")
	path, _, _ = strings.Cut(path, "\n")
	t.Cleanup(func() { enter(t, filepath.Join(top, path)) })
	return groups[0], groups[1]
}

// enter moves this process.
func enter(t *testing.T, group string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(fmt.Sprint(os.Getpid())), 0); err != nil {
		t.Error(err)
	}
}

func TestLiveCgroupArray(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	foreignHeaders(t)
	if !alone(t) {
		return
	}
	inside, outside := cgroups(t)
	m := loadLive(t, `
BPF_CGROUP_ARRAY(groups, 2);
BPF_ARRAY(answers, u64, 3);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	int is;

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	is = groups.check_current_task(1);
	answers.increment(is < 0 ? 2 : is);
	return 0;
}
`, &Options{Defines: me()})
	groups := CgroupArray(m, "groups")
	answers := must(Map[int32, uint64](m, "answers"))(t)
	expect := func(when string, want ...uint64) {
		t.Helper()
		call(3)
		if got := slices.Collect(answers.Values()); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
		must(0, answers.Zero())(t)
	}
	expect("empty", 0, 0, 3)
	must(0, groups.Set(1, inside))(t)
	expect("outside of it", 3, 0, 0)
	enter(t, inside)
	expect("inside of it", 0, 3, 0)

	other, err := os.Open(outside)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	must(0, groups.SetFD(1, int(other.Fd())))(t)
	expect("with another group", 3, 0, 0)
	must(0, groups.Delete(1))(t)
	expect("after delete", 0, 0, 3)
	if err := groups.Delete(1); !errors.Is(err, ErrKeyNotExist) {
		t.Errorf("delete an empty place: %v", err)
	}
	must(0, groups.Set(1, inside))(t)
	must(0, groups.Clear())(t)
	expect("after clear", 0, 0, 3)
	checkCgroupRefusals(t, m, groups, inside)
}

func checkCgroupRefusals(t *testing.T, m *Module, groups *CgroupTable, inside string) {
	t.Helper()
	if err := groups.Set(2, inside); !errors.Is(err, ErrKeyNotExist) || !strings.Contains(err.Error(), "index 1") {
		t.Errorf("an index outside: %v", err)
	}
	if err := groups.Set(0, "/proc/self"); err == nil || !strings.Contains(err.Error(), "cgroup2") {
		t.Errorf("another directory: %v", err)
	}
	if err := groups.Set(0, inside+"/cgroup.procs"); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("a file: %v", err)
	}
	if err := groups.Set(0, inside+"/missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	if err := groups.SetFD(0, 1<<20); !errors.Is(err, unix.EBADF) {
		t.Errorf("a closed descriptor: %v", err)
	}
	if kind := new(KindError); !errors.As(CgroupArray(m, "answers").Clear(), &kind) {
		t.Error("an array was opened as a table of control groups")
	}
	if err := (*CgroupTable)(nil).Set(0, inside); err == nil {
		t.Error("a nil table has set a group")
	}
}
