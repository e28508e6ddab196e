package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// file is a file to read and write.
type file struct {
	t    *testing.T
	path string
	fd   int
	stat unix.Stat_t
}

func open(t *testing.T, path string, flags int) *file {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	f := &file{t: t, path: path, fd: fd}
	if err := unix.Fstat(fd, &f.stat); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *file) write(times, size int) {
	f.t.Helper()
	for range times {
		if _, err := unix.Write(f.fd, make([]byte, size)); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *file) read(times, size int) {
	f.t.Helper()
	for range times {
		if _, err := unix.Pread(f.fd, make([]byte, size), 0); err != nil {
			f.t.Fatal(err)
		}
	}
}

// folders are one in the other, each with a file.
type folders struct {
	outer, inner string
	a, b         *file
}

func newFolders(t *testing.T) *folders {
	t.Helper()
	outer := t.TempDir()
	inner := filepath.Join(outer, "in", "ner")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	const flags = unix.O_RDWR | unix.O_CREAT
	return &folders{outer, inner, open(t, filepath.Join(outer, "file a"), flags), open(t, filepath.Join(inner, "file b"), flags)}
}

// total is what rows say of a file together, and how many they are.
type total struct {
	reads, writes, readBytes, writtenBytes uint64
	rows                                   int
}

// totals reads the JSON lines, by file.
func totals(t *testing.T, stdout string, files ...*file) map[string]total {
	t.Helper()
	all := make(map[string]total)
	for line := range strings.Lines(stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		sum := all[r.File]
		sum.reads, sum.writes = sum.reads+r.Reads, sum.writes+r.Writes
		sum.readBytes, sum.writtenBytes = sum.readBytes+r.ReadBytes, sum.writtenBytes+r.WrittenBytes
		sum.rows++
		all[r.File] = sum
		for _, f := range files {
			if r.File == filepath.Base(f.path) {
				checkIdentity(t, f, r)
			}
		}
	}
	return all
}

// checkIdentity checks which file and thread a row is about.
func checkIdentity(t *testing.T, f *file, r row) {
	t.Helper()
	self := filepath.Base(os.Args[0])
	if r.PID != uint32(os.Getpid()) || r.TID != uint32(unix.Gettid()) || r.Comm != self[:min(15, len(self))] {
		t.Errorf("whose is it? %+v", r)
	}
	kind := map[uint32]string{unix.S_IFREG: "R", unix.S_IFIFO: "O"}[f.stat.Mode&unix.S_IFMT]
	device := fmt.Sprintf("%d:%d", unix.Major(f.stat.Dev), unix.Minor(f.stat.Dev))
	if r.Type != kind || r.Inode != f.stat.Ino || r.Device != device {
		t.Errorf("which file is it? %+v, want %s, inode %d of %s", r, kind, f.stat.Ino, device)
	}
	if age := time.Since(r.Time); age < 0 || age > 5*time.Minute {
		t.Errorf("%v ago? %+v", age, r)
	}
}

// testAll does what can be done by a kind of probes.
func testAll(t *testing.T, kind string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := fmt.Sprint(os.Getpid())
	start := func(args ...string) *testenv.Proc {
		return tooltest.Start(t, "filetop", append([]string{"--probes", kind, "-p", self}, args...)...)
	}
	f := newFolders(t)
	fifo := filepath.Join(f.outer, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := open(t, fifo, unix.O_RDWR)
	many := start("--json", "-a", "0.5")
	inner := start("-d", f.inner, "--write-only", "1000", "1")
	outer := start("-d", f.outer, "--read-only", "-s", "rbytes", "-r", "1", "1000")
	f.a.write(7, 1000)
	many.Await(`"file":"file a"`, time.Minute)
	f.b.write(2, 3000)
	f.b.read(5, 100)
	f.a.read(3, 10)
	pipe.write(4, 1)

	got := totals(t, tooltest.StopNow(t, many).Stdout, f.a, f.b, pipe)
	want := map[string]total{"file a": {3, 7, 30, 7000, 2}, "file b": {5, 2, 500, 6000, 1}, "fifo": {0, 4, 0, 4, 1}}
	for name, w := range want {
		g := got[name]
		if g.rows < w.rows || g.rows > w.rows+1 { // the end of an interval may come in between
			t.Errorf("%s is in %d rows", name, g.rows)
		}
		if g.rows = w.rows; g != w {
			t.Errorf("%s: got %+v, want %+v", name, g, w)
		}
	}
	checkText(t, tooltest.StopNow(t, inner).Stdout, "0      2      0       5       R file b")
	checkText(t, tooltest.StopNow(t, outer).Stdout, "5      0      0       0       R file b")
}

// checkText checks the only row of a block, from the third column on.
func checkText(t *testing.T, stdout, row string) {
	t.Helper()
	want := regexp.MustCompile(fmt.Sprintf(`^\n?\d\d:\d\d:\d\d loadavg: [\d. /]+\n\nTID     COMM             READS  WRITES R_Kb    W_Kb    T FILE\n%-7d %-16.15s %s\n$`,
		unix.Gettid(), filepath.Base(os.Args[0]), regexp.QuoteMeta(row)))
	if !want.MatchString(stdout) {
		t.Errorf("got %q, want %s", stdout, want)
	}
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_read")
	testAll(t, "tracepoint")
}
