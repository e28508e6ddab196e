package bccgo

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// The tests named Truth walk the kernel's structs with headers made from its
// types, and compare what they find there with what it tells user space. A
// wrong offset gives a wrong value without any message.

// look is a C program that runs when the test calls getppid(2): declarations
// with a struct found_t, and statements that fill its variable f, having task.
type look struct{ declare, fill string }

func (l look) text() string {
	return l.declare + `
BPF_ARRAY(found, struct found_t, 1);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct found_t f = {};
	int zero = 0;

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
` + l.fill + `
	found.update(&zero, &f);
	return 0;
}
`
}

// looked is a loaded look. T is struct found_t.
type looked[T any] struct {
	t     *testing.T
	found *TypedMap[int32, T]
}

// take compiles, loads and attaches the program of a test. fds become the
// program's FD0, FD1, …
func take[T any](t *testing.T, l look, fds ...int) *looked[T] {
	t.Helper()
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getppid")
	defines := me()
	for i, fd := range fds {
		defines[fmt.Sprint("FD", i)] = fmt.Sprint(fd)
	}
	m := loadTruth(t, l.text(), defines)
	found, err := Map[int32, T](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	return &looked[T]{t, found}
}

// loadTruth loads a program that was compiled with headers made from types.
func loadTruth(t *testing.T, text string, defines map[string]string) *Module {
	t.Helper()
	m, err := Load(text, &Options{Headers: "btf", Defines: defines, FileName: "truth.c"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return m
}

// now runs the program on this thread and returns what it found.
func (l *looked[T]) now() T {
	l.t.Helper()
	call(1)
	found, err := l.found.Lookup(0)
	if err != nil {
		l.t.Error(err)
	}
	return found
}

// onOwnThread runs f on a thread that ends with it, so that f may change what a
// thread has of its own: ids, namespaces, a scheduling policy.
func onOwnThread(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		defer close(done) // t.Fatal ends f early
		runtime.LockOSThread()
		done <- f()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// inOwnNetwork is onOwnThread in a new network namespace with lo up.
func inOwnNetwork(t *testing.T, f func() error) {
	t.Helper()
	testenv.NeedProgram(t, "ip")
	onOwnThread(t, func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		if err := ip("link", "set", "lo", "up"); err != nil {
			return err
		}
		return f()
	})
}

// procSelf reads a file of this thread in /proc.
func procSelf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("/proc/thread-self", name))
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// procStat returns the fields of this thread's stat file by their numbers in
// proc(5).
func procStat(t *testing.T) map[int]int64 {
	t.Helper()
	text := procSelf(t, "stat")
	fields := make(map[int]int64)
	for i, word := range strings.Fields(text[strings.LastIndex(text, ")")+1:]) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			fields[i+3] = n
		} else if n, err := strconv.ParseUint(word, 10, 64); err == nil {
			fields[i+3] = int64(n)
		}
	}
	return fields
}

// procStatus returns a line of this thread's status file.
func procStatus(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(procSelf(t, "status")) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Errorf("no %s in /proc/thread-self/status", name)
	return ""
}

// stat describes a file.
func stat(t *testing.T, path string) unix.Stat_t {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Errorf("stat %s: %v", path, err)
	}
	return st
}

// kernelDev is a device number as the kernel has it, whose user form is dev.
func kernelDev(dev uint64) uint32 {
	return unix.Major(dev)<<20 | unix.Minor(dev)
}

// between reports a number that is not between two readings of it.
func between(t *testing.T, what string, got, before, after, slack int64) {
	t.Helper()
	if got < min(before, after)-slack || got > max(before, after)+slack {
		t.Errorf("%s is %d, user space says %d to %d", what, got, before, after)
	}
}

// fileSystem is the type of the file system that is mounted with a device
// number.
func fileSystem(t *testing.T, dev uint64) string {
	t.Helper()
	id := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	for line := range strings.Lines(procSelf(t, "mountinfo")) {
		before, after, _ := strings.Cut(line, " - ")
		if strings.Fields(before)[2] == id {
			return strings.Fields(after)[0]
		}
	}
	t.Errorf("nothing with device number %s is mounted", id)
	return ""
}

// parsed reads a number.
func parsed(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		t.Error(err)
	}
	return n
}
