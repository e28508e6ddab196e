package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/source"
	"github.com/bccgo/bcc/internal/testenv"
)

// cacheText is a program that differs from test to test.
func cacheText(t *testing.T) string {
	return fmt.Sprintf("/* %s */\nBPF_HASH(seen, u32, u64);\nint f(struct pt_regs *ctx)\n{\n\tseen.increment(1);\n\treturn 0;\n}\n", t.Name())
}

// wantCompile compiles and compares with what the cache should do.
func wantCompile(t *testing.T, text string, o *Options, hit bool) *Bundle {
	t.Helper()
	b, err := Compile(text, o)
	if err != nil {
		t.Fatal(err)
	}
	if s := b.CacheStatus(); s.Hit != hit || s.Hit == s.Stored || s.Err != nil {
		t.Errorf("cache: %v (%+v), want a hit: %v", s, s, hit)
	}
	return b
}

// ownCache gives the test a cache of its own.
func ownCache(t *testing.T) string {
	t.Helper()
	testenv.Live(t)
	if testenv.Current() == testenv.StageVM {
		t.Skip("the cache does the same on every kernel, and headers are slow to compare in the machine")
	}
	foreignHeaders(t)
	dir := filepath.Join(t.TempDir(), "cache")
	t.Setenv("BCCGO_CACHE", dir)
	return dir
}

func TestCacheGivesTheSameBundle(t *testing.T) {
	dir := ownCache(t)
	text := cacheText(t)
	compiled := must(wantCompile(t, text, nil, false).MarshalBinary())(t)
	stored := wantCompile(t, text, nil, true)
	if got := must(stored.MarshalBinary())(t); !bytes.Equal(got, compiled) {
		t.Error("the stored bundle differs from the compiled one")
	}
	if s := stored.CacheStatus(); s.Dir != dir || !strings.Contains(s.String(), dir) {
		t.Errorf("status %+v: %v", s, s)
	}
	wantCompile(t, text+"\n", nil, false)
	wantCompile(t, text, &Options{Cflags: []string{"-DX"}}, false)
	wantCompile(t, text, &Options{Debug: DebugSource}, false)
	if b := must(Compile(text, &Options{Cache: CacheOff}))(t); b.CacheStatus() != (CacheStatus{}) {
		t.Errorf("switched off: %+v", b.CacheStatus())
	}
	t.Setenv("BCCGO_CACHE", CacheOff)
	if b := must(Compile(text, nil))(t); b.CacheStatus() != (CacheStatus{}) || b.CacheStatus().String() != "compiled without a cache" {
		t.Errorf("switched off by the environment: %+v", b.CacheStatus())
	}
	wantCompile(t, text, &Options{Cache: dir}, true)
}

// TestCacheMisses changes what a compile depends on, one thing at a time.
func TestCacheMisses(t *testing.T) {
	ownCache(t)
	header := filepath.Join(t.TempDir(), "own.h")
	writeOld(t, header, "#define ANSWER 41\n")
	text := "#include <own.h>\n" + strings.Replace(cacheText(t), "increment(1)", "increment(ANSWER)", 1)
	target := must(HostTarget())(t)
	target.EventsDir = t.TempDir()
	options := func() *Options {
		copied := *target
		return &Options{Cflags: []string{"-I" + filepath.Dir(header)}, Target: &copied}
	}
	before := wantCompile(t, text, options(), false)
	wantCompile(t, text, options(), true)

	writeOld(t, header, "#define ANSWER 42\n")
	after := wantCompile(t, text, options(), false)
	if bytes.Equal(must(before.MarshalBinary())(t), must(after.MarshalBinary())(t)) {
		t.Error("a changed header changes nothing")
	}
	for name, change := range map[string]func(*Options){
		"kernel release": func(o *Options) { o.Target.Version = "#2 SMP" },
		"CPU count":      func(o *Options) { o.Target.PossibleCPUs++ },
		"online CPUs":    func(o *Options) { o.Target.OnlineCPUs += 3 },
		"flags":          func(o *Options) { o.Defines = map[string]string{"B": "2"} },
	} {
		o := options()
		change(o)
		t.Run(name, func(t *testing.T) { wantCompile(t, text, o, false) })
	}
	t.Run("environment", func(t *testing.T) {
		t.Setenv("CPATH", t.TempDir())
		wantCompile(t, text, options(), false)
	})
	t.Run("directory", func(t *testing.T) {
		t.Chdir(t.TempDir())
		wantCompile(t, text, options(), false)
	})
	wantCompile(t, text, options(), true)
}

// TestCacheMissesOnAnotherFormat changes a tracepoint's format: its fields
// matter, its number does not.
func TestCacheMissesOnAnotherFormat(t *testing.T) {
	ownCache(t)
	target := must(HostTarget())(t)
	target.EventsDir = t.TempDir()
	dir := filepath.Join(target.EventsDir, "made", "up")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	format := func(id, field string) {
		t.Helper()
		text := "name: up\nID: " + id + "\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n" +
			"\tfield:u64 " + field + ";\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: \"\"\n"
		if err := os.WriteFile(filepath.Join(dir, "format"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := cacheText(t) + "TRACEPOINT_PROBE(made, up)\n{\n\treturn 0;\n}\n"
	format("7", "first")
	wantCompile(t, text, &Options{Target: target}, false)
	format("8", "first")
	wantCompile(t, text, &Options{Target: target}, true)
	format("8", "second")
	wantCompile(t, text, &Options{Target: target}, false)
}

// writeOld writes a file that looks as if it had been there for long. Each call
// gives another time.
func writeOld(t *testing.T, path, text string) {
	t.Helper()
	when := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, when, when)); err != nil {
		t.Fatal(err)
	}
}

// TestCacheThatCannotBeUsed wants programs to start all the same.
func TestCacheThatCannotBeUsed(t *testing.T) {
	ownCache(t)
	file := filepath.Join(t.TempDir(), "file")
	writeOld(t, file, "")
	open := filepath.Join(t.TempDir(), "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"a file": file, "writable for all": open, "no such device": "/proc/none/cache"} {
		t.Run(name, func(t *testing.T) {
			b := must(Compile(cacheText(t), &Options{Cache: dir}))(t)
			if s := b.CacheStatus(); s.Hit || s.Stored || s.Err == nil || !strings.Contains(s.String(), dir) {
				t.Errorf("%+v: %v", s, s)
			}
		})
	}
	var unsafe *UnsafeCacheError
	if b := must(Compile(cacheText(t), &Options{Cache: open}))(t); !errors.As(b.CacheStatus().Err, &unsafe) {
		t.Errorf("a folder others can write to: %v", b.CacheStatus().Err)
	}
}

// TestCacheFollowsTheSource edits the Go file that a text stands in.
func TestCacheFollowsTheSource(t *testing.T) {
	dir := ownCache(t)
	text := cacheText(t)
	goFile := filepath.Join(t.TempDir(), "main.go")
	call := "\nvar b = Load(program)\n"
	compile := func(file string, hit bool) string {
		t.Helper()
		writeOld(t, goFile, file)
		b, err := compileAt(t.Context(), text, new(Options), source.Position{File: goFile, Line: 3})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.CacheStatus().Hit; got != hit {
			t.Errorf("hit: %v, want %v", got, hit)
		}
		return b.data.Functions[0].Lines[0].File + ":" + fmt.Sprint(b.data.Functions[0].Lines[0].Line)
	}
	first := "package main\nconst program = `" + text + "`" + call
	at := compile(first, false)
	if again := compile(first+"// more\n", true); again != at || !strings.HasPrefix(at, goFile+":") {
		t.Errorf("%s, then %s", at, again)
	}
	if places := must(filepath.Glob(dir + "/fact-*"))(t); len(places) != 1 {
		t.Errorf("kept: %v", places)
	}
	if moved := compile(strings.Replace(first, "main\n", "main\n\n", 1), false); moved == at {
		t.Errorf("the text moved, but it is at %s", moved)
	}
	if err := os.Remove(goFile); err != nil {
		t.Fatal(err)
	}
	compile("package other\n", false)
}

// TestCacheFullDisk compiles with a cache on a file system without room.
func TestCacheFullDisk(t *testing.T) {
	ownCache(t)
	ownMounts(t)
	dir := filepath.Join(t.TempDir(), "tiny")
	must(0, os.Mkdir(dir, 0o700))(t)
	must(0, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4k,mode=0700"))(t)
	defer func() { must(0, unix.Unmount(dir, 0))(t) }()
	for range 2 {
		b := must(Compile(cacheText(t), &Options{Cache: dir}))(t)
		if s := b.CacheStatus(); s.Hit || s.Stored || !errors.Is(s.Err, unix.ENOSPC) {
			t.Errorf("%+v", s)
		}
	}
	if left := must(os.ReadDir(dir))(t); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestCacheDamagedEntry puts rubbish in place of an entry: it is compiled anew
// and mended.
func TestCacheDamagedEntry(t *testing.T) {
	dir := ownCache(t)
	text := cacheText(t)
	wantCompile(t, text, nil, false)
	path := onlyEntry(t, dir)
	data := must(os.ReadFile(path))(t)
	for name, bad := range map[string][]byte{
		"empty": {}, "cut": data[:len(data)/2], "changed": slices.Concat(data[:200], []byte{data[200] ^ 1}, data[201:]),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			wantCompile(t, text, nil, false)
			wantCompile(t, text, nil, true)
		})
	}
}

// TestCacheOneCompiles starts the same program many times at once.
func TestCacheOneCompiles(t *testing.T) {
	ownCache(t)
	text := cacheText(t)
	var mu sync.Mutex
	var hits, compiles int
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			b, err := Compile(text, nil)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if b.CacheStatus().Hit {
				hits++
			} else {
				compiles++
			}
		})
	}
	group.Wait()
	if compiles != 1 || hits != 5 {
		t.Errorf("%d compiled, %d took it from the cache", compiles, hits)
	}
}
