package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// synced is a call that was made; fd is -1 of calls without.
type synced struct {
	call string
	fd   int32
}

// syncs makes each call on a file of its own and returns what is to be seen. Calls
// that write all files of the machine are left to the virtual one.
func syncs(t *testing.T, everything bool) []synced {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	fd := int(f.Fd())
	page, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(page) })
	if everything {
		unix.Sync()
	}
	for _, err := range []error{
		unix.Fsync(fd), unix.Fdatasync(fd), unix.Msync(page, unix.MS_SYNC), unix.SyncFileRange(fd, 0, 4096, unix.SYNC_FILE_RANGE_WRITE),
		unix.Syncfs(fd),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Fsync(-1); err != unix.EBADF {
		t.Fatal(err)
	}
	all := []synced{
		{"sync", -1}, {"fsync", int32(fd)}, {"fdatasync", int32(fd)}, {"msync", -1}, {"sync_file_range", int32(fd)},
		{"syncfs", int32(fd)}, {"fsync", -1},
	}
	if !everything {
		return all[1:]
	}
	return all
}

// check compares the calls of this process that were printed, and when they were made,
// with those wanted.
func check(t *testing.T, stdout string, begin, end uint64, want []synced) {
	t.Helper()
	var got []synced
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.PID != uint32(os.Getpid()) {
			continue
		}
		c := synced{r.Call, -1}
		if r.FD != nil {
			c.fd = *r.FD
		}
		got = append(got, c)
		self := filepath.Base(os.Args[0])
		if r.Ktime < begin || r.Ktime > end || r.TID == 0 || r.UID != 0 || r.Comm != self[:min(15, len(self))] {
			t.Errorf("got %s, between %d and %d", line, begin, end)
		}
	}
	byText := func(a, b synced) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(got, byText) // processors mix
	slices.SortFunc(want, byText)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_fsync")
	p := tooltest.Start(t, "syncsnoop", "--json", "-p", fmt.Sprint(os.Getpid()))
	begin := bccgo.MonotonicTime()
	want := syncs(t, false)
	end := bccgo.MonotonicTime()
	stdout := tooltest.Stop(t, p).Stdout
	check(t, stdout, begin, end, want)
	if got := strings.Count(stdout, "\n"); got != len(want) {
		t.Errorf("%d lines, those of other processes too: %s", got, stdout)
	}
}
