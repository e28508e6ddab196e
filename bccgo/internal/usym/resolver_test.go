package usym

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
	"github.com/bccgo/bcc/internal/testenv"
)

// expect resolves an address and compares all of the answer.
func expect(t *testing.T, r *Resolver, pid int, addr uint64, want Symbol) {
	t.Helper()
	if got, err := r.Lookup(addr, pid, true); err != nil || got != want {
		t.Errorf("%#x of %d: %+v, %v; want %+v", addr, pid, got, err, want)
	}
}

func expectUnknown(t *testing.T, r *Resolver, pid int, addr uint64, says string) {
	t.Helper()
	got, err := r.Lookup(addr, pid, true)
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.PID != pid || unknown.Addr != addr || !strings.Contains(err.Error(), says) {
		t.Errorf("%#x of %d: %+v, %v; want *UnknownError with %q", addr, pid, got, err, says)
	}
}

func TestRunningPrograms(t *testing.T) {
	dir := t.TempDir()
	r := New("", 0)
	for name, args := range map[string][]string{
		"pie":         {"-pie", "-fPIE"},
		"fixed":       {"-no-pie", "-fno-pie"},
		"one-segment": {"-pie", "-fPIE", "-Wl,-z,noseparate-code"},
		"prelinked":   {"-pie", "-fPIE", "-Wl,-Ttext-segment=0x4100000000"},
	} {
		path := build(t, filepath.Join(dir, name), target, args...)
		c := start(t, path)
		expect(t, r, c.pid(), c.ask("hidden"), Symbol{Name: "hidden_part", Module: path})
		expect(t, r, c.pid(), c.ask("visible")+3, Symbol{Name: "visible_part", Offset: 3, Module: path})
		expectUnknown(t, r, c.pid(), 0x10, "no executable memory")

		addr, err := r.Address(c.pid(), path, "hidden_part")
		if want := c.ask("hidden"); err != nil || addr != want {
			t.Errorf("%s: hidden_part at %#x, %v; it says %#x", name, addr, err, want)
		}
		if _, err := r.Address(c.pid(), path, "absent_part"); err == nil || !strings.Contains(err.Error(), "absent_part") {
			t.Errorf("absent_part: %v", err)
		}
	}
}

// TestShared has two processes, and a copy of their program, use one table.
func TestShared(t *testing.T) {
	dir := t.TempDir()
	r := New("", 0)
	path := build(t, filepath.Join(dir, "target"), target)
	var files []*File
	for _, path := range []string{path, path, copyFile(t, path, filepath.Join(dir, "copy"))} {
		c := start(t, path)
		addr := c.ask("hidden")
		expect(t, r, c.pid(), addr, Symbol{Name: "hidden_part", Module: path})
		m := r.process(c.pid(), 0).now.Load().find(addr)
		files = append(files, m.loaded.Load().read.Load().file)
	}
	if files[0] != files[1] {
		t.Error("two processes of one file do not share it")
	}
	if files[0] == files[2] || files[0].table != files[2].table {
		t.Error("two copies of a file do not share their table")
	}
}

func TestLimit(t *testing.T) {
	dir := t.TempDir()
	r := New("", 1)
	now := time.Duration(0)
	r.clock = func() time.Duration { now++; return now }
	var children []*child
	var paths []string
	for i := range 3 {
		text := strings.ReplaceAll(target, "hidden_part", fmt.Sprintf("hidden%d_part", i))
		paths = append(paths, build(t, filepath.Join(dir, fmt.Sprint(i)), text))
		children = append(children, start(t, paths[i]))
	}
	for range 2 {
		for i, c := range children {
			expect(t, r, c.pid(), c.ask("hidden"), Symbol{Name: fmt.Sprintf("hidden%d_part", i), Module: paths[i]})
		}
	}
	r.files.mu.Lock()
	defer r.files.mu.Unlock()
	if len(r.files.entries) != 1 || len(r.files.tables) != 1 {
		t.Errorf("%d files and %d tables are kept, over the limit", len(r.files.entries), len(r.files.tables))
	}
}

func TestLaterLibrary(t *testing.T) {
	dir := t.TempDir()
	path := build(t, filepath.Join(dir, "target"), target)
	library := build(t, filepath.Join(dir, "libpart.so"), "int library_part(void) { return 7; }", "-shared", "-fPIC")
	c := start(t, path)
	r, advance := clocked()
	expect(t, r, c.pid(), c.ask("hidden"), Symbol{Name: "hidden_part", Module: path})
	addr := c.ask("dlopen " + library)
	advance(missInterval)
	expect(t, r, c.pid(), addr, Symbol{Name: "library_part", Module: library})
}

// TestDeletedAndReplaced needs map_files, which the superuser may read.
func TestDeletedAndReplaced(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to open a file that has no path")
	}
	path := build(t, filepath.Join(t.TempDir(), "target"), target)
	c := start(t, path)
	addr := c.ask("hidden")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r, _ := clocked()
	expect(t, r, c.pid(), addr, Symbol{Name: "hidden_part", Module: path})

	build(t, path, strings.ReplaceAll(target, "hidden_part", "other_part"))
	r, _ = clocked()
	expect(t, r, c.pid(), addr, Symbol{Name: "hidden_part", Module: path})
	second := start(t, path)
	expect(t, r, second.pid(), second.ask("hidden"), Symbol{Name: "other_part", Module: path})
}

func TestExec(t *testing.T) {
	dir := t.TempDir()
	first := build(t, filepath.Join(dir, "first"), target)
	second := build(t, filepath.Join(dir, "second"), strings.ReplaceAll(target, "hidden_part", "other_part"))
	c := start(t, first)
	r, advance := clocked()
	before := c.ask("hidden")
	expect(t, r, c.pid(), before, Symbol{Name: "hidden_part", Module: first})
	c.tell("exec " + second)
	after := c.ask("hidden")
	advance(checkInterval)
	expect(t, r, c.pid(), after, Symbol{Name: "other_part", Module: second})
	expectUnknown(t, r, c.pid(), before&^0xfff|1, "no executable memory")
}

// TestEnded resolves an address of a process that was known, and is gone.
func TestEnded(t *testing.T) {
	path := build(t, filepath.Join(t.TempDir(), "target"), target)
	c := start(t, path)
	hidden, visible := c.ask("hidden"), c.ask("visible")
	r, advance := clocked()
	expect(t, r, c.pid(), hidden, Symbol{Name: "hidden_part", Module: path})
	c.end()
	advance(time.Hour)
	expect(t, r, c.pid(), visible, Symbol{Name: "visible_part", Module: path})

	for _, pid := range []int{c.pid(), 0, -5, 1 << 30} {
		var failed *ProcessError
		if _, err := New("", 0).Lookup(hidden, pid, true); !errors.As(err, &failed) || failed.PID != pid {
			t.Errorf("process %d, which is not there: %v", pid, err)
		}
	}
	if _, err := New("", 0).Lookup(hidden, c.pid(), true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause of a missing process: %v", err)
	}
	if _, err := New("", 0).Address(0, path, "main"); err == nil {
		t.Error("an address in process 0")
	}
}

func TestVDSO(t *testing.T) {
	path := build(t, filepath.Join(t.TempDir(), "target"), target)
	c := start(t, path)
	r := New("", 0)
	c.ask("vdso")
	name := "__vdso_clock_gettime"
	addr, err := r.Address(c.pid(), vdso, name)
	if err != nil {
		// arm64 has no common prefix.
		name = "__kernel_clock_gettime"
		addr, err = r.Address(c.pid(), vdso, name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if base := c.ask("vdso"); addr < base || addr > base+maxVDSO {
		t.Errorf("%s at %#x; the vdso is at %#x", name, addr, base)
	}
	got, err := r.Lookup(addr+1, c.pid(), true)
	if err != nil || !strings.HasSuffix(got.Name, "clock_gettime") || got.Offset != 1 || got.Module != vdso {
		t.Errorf("%#x: %+v, %v", addr+1, got, err)
	}
}

// stat is what /proc/PID/stat has of a process born at a time.
func stat(born, code, stack int) string {
	return fmt.Sprintf("42 (a) b) R 1 42 42 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 4096 10 18446744073709551615 %d 8192 %d 0\n", born, code, stack)
}

// TestReusedPID has another process get the pid of one that was known.
func TestReusedPID(t *testing.T) {
	dir := t.TempDir()
	first := build(t, filepath.Join(dir, "first"), target, "-no-pie", "-fno-pie")
	second := build(t, filepath.Join(dir, "second"), strings.ReplaceAll(target, "hidden_part", "other_part"), "-no-pie", "-fno-pie")
	hidden := nm(t, first)["hidden_part"]
	if other := nm(t, second)["other_part"]; other != hidden {
		t.Fatalf("the function is at %#x and %#x", hidden, other)
	}
	line := func(name string, inode int) string {
		return fmt.Sprintf("00400000-00401000 r--p 00000000 08:01 1 /%s\n00401000-00402000 r-xp 00001000 08:01 %d                  /%s\n", name, inode, name)
	}
	root := roottest.Tree(t, map[string]string{
		"/proc/42/stat": stat(1000, 4096, 900), "/proc/42/maps": line("first", 11),
		"/proc/42/root": roottest.Link + "../..", "/proc/42/status": "Uid:\t0\t0\t0\t0\n",
	})
	copyFile(t, first, filepath.Join(string(root), "first"))
	copyFile(t, second, filepath.Join(string(root), "second"))
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(string(root), name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, advance := clocked()
	r.root = root
	expect(t, r, 42, hidden, Symbol{Name: "hidden_part", Module: "/first"})

	// It ends, and waits for its parent: without memory, it is still itself.
	write("proc/42/stat", stat(1000, 0, 0))
	write("proc/42/maps", "")
	advance(mapsInterval)
	expect(t, r, 42, hidden, Symbol{Name: "hidden_part", Module: "/first"})

	write("proc/42/stat", stat(2000, 4096, 900))
	write("proc/42/maps", line("second", 12))
	expect(t, r, 42, hidden, Symbol{Name: "hidden_part", Module: "/first"}) // not looked yet
	advance(checkInterval)
	expect(t, r, 42, hidden, Symbol{Name: "other_part", Module: "/second"})

	for name, text := range map[string]string{"proc/42/stat": "42 (a) R 1\n", "proc/42/maps": "damaged\n"} {
		write(name, text)
		r, _ := clocked()
		r.root = root
		var failed *ProcessError
		if _, err := r.Lookup(hidden, 42, true); !errors.As(err, &failed) {
			t.Errorf("a damaged %s: %v", name, err)
		}
		write("proc/42/stat", stat(2000, 4096, 900))
	}
}

func TestKernelThread(t *testing.T) {
	root := roottest.Tree(t, map[string]string{"/proc/42/stat": stat(1000, 0, 0), "/proc/42/maps": ""})
	var failed *ProcessError
	if _, err := New(root, 0).Lookup(0x1234, 42, true); !errors.As(err, &failed) || !strings.Contains(err.Error(), "kernel thread") {
		t.Errorf("a kernel thread: %v", err)
	}
}

func TestManyProcesses(t *testing.T) {
	r := New("", 0)
	for pid := range maxProcesses + 10 {
		r.process(pid+1, time.Duration(pid))
	}
	if len(r.processes) != maxProcesses || r.processes[1] != nil || r.processes[maxProcesses+10] == nil {
		t.Errorf("%d processes are kept, the first: %v", len(r.processes), r.processes[1])
	}
	r.Forget(maxProcesses + 10)
	if r.processes[maxProcesses+10] != nil {
		t.Error("a forgotten process is kept")
	}
}

func TestConcurrent(t *testing.T) {
	path := build(t, filepath.Join(t.TempDir(), "target"), target)
	c := start(t, path)
	hidden := c.ask("hidden")
	r := New("", 1) // so that tables are dropped all the time
	var wg sync.WaitGroup
	deadline := time.Now().Add(testenv.Timeout(300 * time.Millisecond))
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(deadline) {
				expect(t, r, c.pid(), hidden, Symbol{Name: "hidden_part", Module: path})
				if _, err := r.Address(c.pid(), vdso, "none"); err == nil {
					t.Error("the vdso has a function none")
				}
				if _, err := r.Lookup(0x10, c.pid(), true); err == nil {
					t.Error("an address in no memory was resolved")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParseMaps(f *testing.F) {
	f.Add([]byte("00401000-00402000 r-xp 00001000 08:01 77                  /a b (deleted)\n"))
	f.Add([]byte("7fff-8000 r-xp 00000000 00:00 0                          [vdso]\nffff-fffe r-xp 0 0:0 0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseMaps(text)
		for _, m := range list {
			if err == nil && (m.end < m.start || m.loaded == nil) {
				t.Errorf("%q: %+v", text, m)
			}
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(stat(1, 2, 3)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if id, err := parseStat(text); err != nil && id != (identity{}) {
			t.Errorf("%q: %+v with %v", text, id, err)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	path := build(b, filepath.Join(b.TempDir(), "target"), target)
	c := start(b, path)
	addrs := []uint64{c.ask("hidden"), c.ask("visible"), c.ask("nested"), c.ask("outer") + 20}
	r := New("", 0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if _, err := r.Lookup(addrs[i&3], c.pid(), true); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLookupLibrary visits the C library's functions in no order.
func BenchmarkLookupLibrary(b *testing.B) {
	c := start(b, build(b, filepath.Join(b.TempDir(), "target"), target))
	r := New("", 0)
	if _, err := r.Lookup(c.ask("visible"), c.pid(), true); err != nil {
		b.Fatal(err)
	}
	var addrs []uint64
	for _, m := range r.process(c.pid(), 0).now.Load().mappings {
		if !strings.Contains(m.path, "libc.so") {
			continue
		}
		for _, s := range open(b, m.path).Table().symbols {
			addr := s.addr - m.offset + m.start
			if _, err := r.Lookup(addr, c.pid(), true); err == nil {
				addrs = append(addrs, addr)
			}
		}
	}
	if len(addrs) < 1000 {
		b.Fatalf("only %d functions", len(addrs))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 997) % len(addrs)
		if _, err := r.Lookup(addrs[i], c.pid(), true); err != nil {
			b.Fatal(err)
		}
	}
}
