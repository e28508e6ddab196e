package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

const (
	pageSize = 4096
	pages    = 100
)

// uncached makes a file on disk in a folder, of which no page is in the cache.
func uncached(t *testing.T, dir string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(make([]byte, pages*pageSize)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	drop(t, f)
	return f
}

// drop takes a file's pages out of the cache, which have been written.
func drop(t *testing.T, f *os.File) {
	t.Helper()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
}

// read reads all of a file in pieces of a size.
func readAll(t *testing.T, f *os.File, size int) {
	t.Helper()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	n := 0
	for buf := make([]byte, size); ; {
		got, err := f.Read(buf)
		n += got
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != pages*pageSize {
		t.Fatalf("read %d bytes", n)
	}
}

// total adds up what JSON lines tell.
func total(t *testing.T, stdout string) (sum record) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time.IsZero() || !(r.Seconds > 0) || r.Cached == 0 {
			t.Fatalf("%q: %v", line, err)
		}
		sum.Hits, sum.Misses, sum.Dirties = sum.Hits+r.Hits, sum.Misses+r.Misses, sum.Dirties+r.Dirties
		sum.Accessed, sum.Added, sum.Dirtied = sum.Accessed+r.Accessed, sum.Added+r.Added, sum.Dirtied+r.Dirtied
	}
	return sum
}

// A process's reads miss what is not there, hit what is, and count no page twice
// whatever they ask for at a time. What is written is no miss.
func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NotEmulated(t) // Linux 6.1 has no such tracepoint
	testenv.NeedTracepoint(t, "filemap:mm_filemap_get_pages")
	dir := t.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	if fs.Type == unix.TMPFS_MAGIC {
		t.Skip("files for tests are kept in memory")
	}
	f := uncached(t, dir)
	p := tooltest.Start(t, "cachestat", "--json", "-p", fmt.Sprint(os.Getpid()), "100")
	readAll(t, f, pageSize)
	readAll(t, f, pageSize)
	readAll(t, f, 1<<20)
	drop(t, f)
	readAll(t, f, 64<<10)
	written, err := os.Create(filepath.Join(dir, "written"))
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	if _, err := written.Write(make([]byte, 50*pageSize)); err != nil {
		t.Fatal(err)
	}
	r := tooltest.Stop(t, p)
	got := total(t, r.Stdout)
	if !strings.Contains(r.Stderr, byReads) {
		t.Errorf("not by tracepoints: %s", r.Stderr)
	}
	// The file system's own pages, such as the folder's, may be among what is added.
	if got.Accessed != 4*pages || got.Dirtied != 50 || got.Added < 2*pages+50 || got.Added > 2*pages+60 {
		t.Errorf("got %+v", got)
	}
	if got.Misses < 2*pages || got.Misses > 2*pages+10 || got.Hits+got.Misses != 4*pages {
		t.Errorf("got %+v", got)
	}
}
