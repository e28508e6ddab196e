package fstest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Done is an operation that was done.
type Done struct {
	Operation string
	File      string
	Bytes     int64
	Err       int64
	Offset    int64
	// Begin and End are the times before and after the system call.
	Begin, End time.Time
}

// Took is how long the system call took, as it looked to its caller.
func (d Done) Took() time.Duration { return d.End.Sub(d.Begin) }

// Recorder does things to files and remembers what.
type Recorder struct {
	t   testing.TB
	All []Done
}

// do calls f and records the operation.
func (r *Recorder) do(operation, file string, offset int64, f func() (int, error)) int {
	r.t.Helper()
	d := Done{Operation: operation, File: filepath.Base(file), Offset: offset, Begin: time.Now()}
	n, err := f()
	d.End = time.Now()
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		d.Err = int64(errno)
	case err != nil:
		r.t.Fatal(err)
	case operation == "read" || operation == "write":
		d.Bytes = int64(n)
	}
	r.All = append(r.All, d)
	return n
}

// open opens a file. It stays open until the test ends.
func (r *Recorder) open(path string, flags int) int {
	r.t.Helper()
	fd := r.do("open", path, 0, func() (int, error) { return unix.Open(path, flags|unix.O_CLOEXEC, 0o600) })
	if fd >= 0 {
		r.t.Cleanup(func() { unix.Close(fd) })
	}
	return fd
}

// LongName is a name of the longest kind.
var LongName = "long-" + strings.Repeat("n", 250)

// Operations does all kinds of operations on files in a folder: in each the disk
// takes part or does not, data go to the end or elsewhere, something fails.
func Operations(t testing.TB, dir string) []Done {
	t.Helper()
	r := &Recorder{t: t}
	buf := memory(t, 8192, unix.PROT_READ|unix.PROT_WRITE)
	plain := filepath.Join(dir, "plain file")
	fd := r.open(plain, unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC)
	r.do("write", plain, 0, func() (int, error) { return unix.Write(fd, buf) })
	r.do("write", plain, 16384, func() (int, error) { return unix.Pwrite(fd, buf[:100], 16384) })
	r.do("fsync", plain, 0, func() (int, error) { return 0, unix.Fsync(fd) })
	r.do("read", plain, 16384, func() (int, error) { return unix.Pread(fd, buf, 16384) })
	r.do("read", plain, 1<<30, func() (int, error) { return unix.Pread(fd, buf, 1<<30) })
	r.do("read", plain, 0, func() (int, error) {
		return unix.Preadv(fd, [][]byte{buf[:1000], buf[1000:3000]}, 0)
	})
	end := r.open(plain, unix.O_WRONLY|unix.O_APPEND)
	r.do("write", plain, 16484, func() (int, error) { return unix.Write(end, buf[:7]) })
	r.do("read", plain, 4096, func() (int, error) { return unix.Pread(fd, memory(t, 100, unix.PROT_NONE), 4096) })

	long := filepath.Join(dir, LongName)
	fd = r.open(long, unix.O_WRONLY|unix.O_CREAT)
	r.do("fsync", long, 0, func() (int, error) { return 0, unix.Fdatasync(fd) })

	direct := r.open(plain, unix.O_RDONLY|unix.O_DIRECT)
	r.do("read", plain, 4096, func() (int, error) { return unix.Pread(direct, buf[:4096], 4096) })
	return r.All
}

// SyncWrite writes to a file whose writes end with an fsync. That ends before the
// write does.
func SyncWrite(t testing.TB, dir string) []Done {
	t.Helper()
	r := &Recorder{t: t}
	path := filepath.Join(dir, "sync")
	fd := r.open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_SYNC)
	r.do("write", path, 0, func() (int, error) { return unix.Write(fd, make([]byte, 4096)) })
	write := r.All[1]
	fsync := write
	fsync.Operation, fsync.Bytes = "fsync", 0
	return []Done{r.All[0], fsync, write}
}

// memory is whole pages, as direct reads want it, that allow what prot says.
func memory(t testing.TB, size, prot int) []byte {
	t.Helper()
	buf, err := unix.Mmap(-1, 0, size, prot, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(buf); err != nil {
			t.Error(os.NewSyscallError("munmap", err))
		}
	})
	return buf
}
