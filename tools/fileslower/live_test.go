package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// done is a call, without when and how long.
type done struct {
	operation, file  string
	size, bytes, err int64
}

// timed is how long a call took, as it looked to its caller.
type timed struct {
	done
	took time.Duration
}

// recorder makes calls and remembers them.
type recorder struct {
	t   *testing.T
	all []timed
}

func (r *recorder) do(operation, path string, size int, f func() (int, error)) {
	r.t.Helper()
	d := done{operation: operation, file: filepath.Base(path), size: int64(size)}
	begin := time.Now()
	n, err := f()
	took := time.Since(begin)
	if errno, ok := err.(unix.Errno); ok {
		d.err = int64(errno)
	} else if err != nil {
		r.t.Fatal(err)
	} else {
		d.bytes = int64(n)
	}
	r.all = append(r.all, timed{d, took})
}

func open(t *testing.T, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// activity reads and writes a file in all four ways, in vain too.
func activity(t *testing.T) []timed {
	t.Helper()
	r := &recorder{t: t}
	path := filepath.Join(t.TempDir(), "name-"+strings.Repeat("x", 250))
	fd := open(t, path, unix.O_RDWR|unix.O_CREAT)
	buf := make([]byte, 5000)
	r.do("write", path, 5000, func() (int, error) { return unix.Write(fd, buf) })
	r.do("write", path, 7, func() (int, error) { return unix.Pwrite(fd, buf[:7], 10) })
	r.do("read", path, 100, func() (int, error) { return unix.Pread(fd, buf[:100], 4980) })
	r.do("read", path, 100, func() (int, error) { return unix.Read(fd, buf[:100]) })
	hidden, err := unix.Mmap(-1, 0, 4096, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(hidden)
	r.do("read", path, 50, func() (int, error) { return unix.Pread(fd, hidden[:50], 0) })
	return r.all
}

// delay is how long a read from the FIFO takes.
const delay = 60 * time.Millisecond

// fifo reads from a FIFO, which takes its time.
func fifo(t *testing.T) timed {
	t.Helper()
	r := &recorder{t: t}
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	in, out := open(t, path, unix.O_RDONLY|unix.O_NONBLOCK), open(t, path, unix.O_WRONLY)
	if err := unix.SetNonblock(in, false); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	time.AfterFunc(delay, func() { unix.Write(out, []byte("abc")) })
	r.do("read", path, 64, func() (int, error) { return unix.Read(in, buf) })
	return r.all[0]
}

// calls reads the JSON lines about files with a name.
func calls(t *testing.T, stdout, name string) []call {
	t.Helper()
	var all []call
	for line := range strings.Lines(stdout) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if c.File == name {
			all = append(all, c)
		}
	}
	return all
}

// check compares calls with what was done by the current thread.
func check(t *testing.T, got []call, want []timed) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d calls, want %d: %+v", len(got), len(want), got)
	}
	self := filepath.Base(os.Args[0])
	for i, c := range got {
		d := done{c.Operation, c.File, int64(c.Size), c.Bytes, c.Err}
		if d != want[i].done || c.PID != uint32(os.Getpid()) || c.TID != uint32(unix.Gettid()) || c.Comm != self[:min(15, len(self))] {
			t.Errorf("call %d: got %+v, want %+v", i, c, want[i])
		}
		if took := time.Duration(c.Latency); took <= 0 || took > want[i].took {
			t.Errorf("call %d took %v, to its caller %v", i, took, want[i].took)
		}
		if age := time.Since(c.Time); age < 0 || age > 5*time.Minute {
			t.Errorf("call %d was %v ago", i, age)
		}
	}
}

// testAll does what can be done by a kind of probes.
func testAll(t *testing.T, kind string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self := fmt.Sprint(os.Getpid())
	regular := tooltest.Start(t, "fileslower", "--probes", kind, "--json", "-p", self, "0")
	slow := tooltest.Start(t, "fileslower", "--probes", kind, "-a", "-p", self, "20")
	files, pipe := activity(t), fifo(t)
	out := tooltest.Stop(t, regular).Stdout
	check(t, calls(t, out, files[0].file), files)
	if strings.Contains(out, `"fifo"`) {
		t.Errorf("a FIFO is no regular file:\n%s", out)
	}
	rows := slices.Collect(strings.Lines(tooltest.Stop(t, slow).Stdout))
	want := regexp.MustCompile(fmt.Sprintf(`^\d+\.\d{3} +%-14.14s %-6d R 64      +(\d+\.\d\d) fifo\n$`, filepath.Base(os.Args[0]), unix.Gettid()))
	if len(rows) == 0 || rows[0] != "TIME(s)  COMM           TID    D BYTES   LAT(ms) FILENAME\n" {
		t.Fatalf("no heading: %q", rows)
	}
	found := false
	for _, row := range rows[1:] {
		if f := want.FindStringSubmatch(row); f != nil {
			var ms float64
			fmt.Sscan(f[1], &ms) // digits, as the pattern says
			found = ms >= float64(delay.Milliseconds())-1 && ms <= float64(pipe.took)/1e6+0.01
		}
		if strings.Contains(row, files[0].file) && !slow20(files) {
			t.Errorf("nothing of the file took 20 ms: %q", row)
		}
	}
	if !found {
		t.Errorf("no read of %v in %q", pipe.took, rows)
	}
}

// slow20 tells whether a call took 20 ms, as may be on a busy machine.
func slow20(all []timed) bool {
	return slices.ContainsFunc(all, func(d timed) bool { return d.took >= 20*time.Millisecond })
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_read")
	testAll(t, "tracepoint")
}
