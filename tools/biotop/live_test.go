package main

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// direct writes n blocks of a new file past the page cache, and reads them back.
func direct(t *testing.T, n int) {
	t.Helper()
	const size = 4096
	name := t.TempDir() + "/file"
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_RDWR|unix.O_DIRECT|unix.O_DSYNC|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.EINVAL) {
		t.Skipf("the file system of %s has no direct access to a disk", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	block, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(block)
	for i := range n {
		if _, err := unix.Pwrite(fd, block, int64(i)*size); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if _, err := unix.Pread(fd, block, int64(i)*size); err != nil {
			t.Fatal(err)
		}
	}
}

// Of one process alone, either way of telling requests apart sees what it reads and
// writes.
func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NotEmulated(t) // Linux 6.1 has no such tracepoint
	testenv.NeedTracepoint(t, "block:block_io_start")
	self := fmt.Sprint(os.Getpid())
	byRequest := tooltest.Start(t, "biotop", "--json", "-p", self)
	bySector := tooltest.Start(t, "biotop", "--json", "-p", self, "--by-sector")
	const n = 20
	direct(t, n)
	for name, p := range map[string]*testenv.Proc{"by request": byRequest, "by sector": bySector} {
		requests := make(map[string]uint64)
		for _, r := range rows(t, tooltest.Stop(t, p).Stdout) {
			if r.PID != uint32(os.Getpid()) || r.Latency == 0 || r.Bytes < 512*r.Requests && r.Type != "F" {
				t.Errorf("%s: got %+v", name, r)
			}
			if r.Bytes >= 4096*r.Requests {
				requests[r.Type] += r.Requests
			}
		}
		if requests["R"] < n || requests["W"] < n {
			t.Errorf("%s: got %v", name, requests)
		}
	}
}
