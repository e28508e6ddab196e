package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_newfstatat")
}

// looked is a call that was made.
type looked struct {
	call string
	err  int
	dir  int32 // 0 of calls without
	path string
}

// looks looks up files in all the ways that Go has, and returns what is to be seen.
func looks(t *testing.T, dir string) []looked {
	t.Helper()
	deep := dir + strings.Repeat("/.", (4095-len(dir))/2) // the longest that the kernel takes, or one less
	fd, err := unix.Open(dir, unix.O_PATH, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	var calls []looked
	add := func(name string, dir int, path string, err error) {
		l := looked{call: name, dir: int32(dir), path: path}
		if errno, ok := err.(unix.Errno); ok {
			l.err = int(errno)
		}
		calls = append(calls, l)
	}
	for _, path := range []string{dir, deep, dir + "/missing", dir + "/two words\n", dir + "/\xff"} {
		add("newfstatat", unix.AT_FDCWD, path, unix.Fstatat(unix.AT_FDCWD, path, new(unix.Stat_t), 0))
		add("statx", unix.AT_FDCWD, path, unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_ALL, new(unix.Statx_t)))
		add("statfs", 0, path, unix.Statfs(path, new(unix.Statfs_t)))
	}
	name := filepath.Base(dir)
	add("newfstatat", fd, name, unix.Fstatat(fd, name, new(unix.Stat_t), unix.AT_SYMLINK_NOFOLLOW))
	add("newfstatat", fd, "", unix.Fstatat(fd, "", new(unix.Stat_t), unix.AT_EMPTY_PATH))
	return calls
}

// seen are the calls of a process that were printed as JSON, from the first to the
// last of those wanted: the test's own runtime may make others.
func seen(t *testing.T, stdout string, pid int, want []looked) []looked {
	t.Helper()
	var out []looked
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		l := looked{call: r.Call, err: r.Err, path: r.Path}
		if r.Dir != nil {
			l.dir = *r.Dir
		}
		l.path = strings.ReplaceAll(l.path, "\uFFFD", "\xff") // JSON has no other bytes
		if r.PID != uint32(pid) || !slices.Contains(want, l) {
			continue
		}
		if age := time.Since(r.Time); r.UID != 0 || age < 0 || age > 5*time.Minute || r.TID == 0 || (r.Err == 0) != (r.Ret == 0) ||
			r.PathNull || r.PathUnreadable || r.PathLost {
			t.Errorf("got %s", line)
		}
		out = append(out, l)
	}
	return out
}

// check compares calls, whose order processors mix.
func check(t *testing.T, got, want []looked) {
	t.Helper()
	byText := func(a, b looked) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(got, byText)
	want = slices.SortedFunc(slices.Values(want), byText)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%.9000q\nwant\n%.9000q", got, want)
	}
}

func TestLive(t *testing.T) {
	needs(t)
	p := tooltest.Start(t, "statsnoop", "--json", "-p", fmt.Sprint(os.Getpid()))
	want := looks(t, t.TempDir())
	stdout := tooltest.Stop(t, p).Stdout
	check(t, seen(t, stdout, os.Getpid(), want), want)
	if strings.Count(stdout, "\n") != strings.Count(stdout, fmt.Sprintf(`"pid":%d,`, os.Getpid())) {
		t.Errorf("others than this process: %s", stdout)
	}
}

// Only calls that fail, by their columns.
func TestLiveFailed(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	p := tooltest.Start(t, "statsnoop", "-xs", "-p", fmt.Sprint(os.Getpid()))
	looks(t, dir)
	var lines []string
	for line := range strings.Lines(tooltest.Stop(t, p).Stdout) {
		if strings.Contains(line, dir) {
			lines = append(lines, strings.Join(strings.Fields(line)[2:], " "))
		}
	}
	slices.Sort(lines)
	var want []string
	for _, path := range []string{"missing", `two words\n`, "\xff"} {
		for _, call := range []string{"newfstatat", "statfs", "statx"} {
			want = append(want, fmt.Sprintf("%s -1 2 %s/%s", call, dir, path))
		}
	}
	slices.Sort(want)
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%q\nwant\n%q", lines, want)
	}
}

// oldCalls makes the calls that C libraries no longer make, once a line comes, with
// two paths.
const oldCalls = `
import ctypes, sys
libc, buf = ctypes.CDLL(None), ctypes.create_string_buffer(512)
sys.stdin.readline()
for number in (4, 6):
    for path in sys.argv[1:]:
        libc.syscall(number, path.encode(), buf)
sys.stdin.readline()
`

// lookOld starts a process for the calls stat and lstat, and returns it, what tells
// it to make them and what is to be seen.
func lookOld(t *testing.T, dir string) (p *testenv.Proc, goOn func(), want []looked) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	cmd := exec.Command("/usr/bin/python3", "-c", oldCalls, dir, dir+"/missing")
	cmd.Stdin = r
	p = testenv.StartCmd(t, cmd)
	r.Close()
	goOn = func() {
		if _, err := w.WriteString("\n"); err != nil {
			t.Fatal(err)
		}
		p.AwaitRest()
	}
	for _, call := range []string{"newstat", "newlstat"} {
		want = append(want, looked{call, 0, 0, dir}, looked{call, int(unix.ENOENT), 0, dir + "/missing"})
	}
	return p, goOn, want
}

func TestLiveOldCalls(t *testing.T) {
	needs(t)
	testenv.NeedProgram(t, "/usr/bin/python3")
	testenv.NeedTracepoint(t, "syscalls:sys_enter_newstat")
	other, goOn, want := lookOld(t, t.TempDir())
	other.AwaitRest()
	p := tooltest.Start(t, "statsnoop", "--json", "-p", fmt.Sprint(other.Pid()))
	goOn()
	check(t, seen(t, tooltest.Stop(t, p).Stdout, other.Pid(), want), want)
}
