package bccgo

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// onlyEntry is the file of the only program that a cache holds.
func onlyEntry(t *testing.T, dir string) string {
	t.Helper()
	kept := must(OpenCache(dir))(t)
	defer kept.Close()
	list := must(kept.List())(t)
	if len(list) != 1 {
		t.Fatalf("%v in the cache", list)
	}
	return filepath.Join(dir, list[0].Key)
}

// TestCacheMissesOnAnotherLibbcc compiles with a libbcc that is then exchanged.
func TestCacheMissesOnAnotherLibbcc(t *testing.T) {
	ownCache(t)
	found, err := filepath.Glob("/usr/lib*/*/libbcc.so.0")
	if err != nil || len(found) == 0 {
		t.Skip("libbcc is not where Debian puts it: ", err)
	}
	library := filepath.Join(t.TempDir(), "libbcc.so.0")
	install := func(age time.Duration) {
		t.Helper()
		in := must(os.Open(found[0]))(t)
		defer in.Close()
		out := must(os.Create(library + ".new"))(t)
		defer out.Close()
		must(io.Copy(out, in))(t)
		when := time.Now().Add(-age)
		if err := errors.Join(os.Chtimes(out.Name(), when, when), os.Rename(out.Name(), library)); err != nil {
			t.Fatal(err)
		}
	}
	text := cacheText(t)
	wantCompile(t, text, nil, false)
	install(2 * time.Hour)
	t.Setenv("LIBBCC_SO_PATH", library)
	wantCompile(t, text, nil, false)
	wantCompile(t, text, nil, true)
	install(time.Hour)
	wantCompile(t, text, nil, false)
	wantCompile(t, text, nil, true)
}

// TestCacheMissesOnAnotherBuild exchanges the running kernel's build id, as far
// as this test's thread can see.
func TestCacheMissesOnAnotherBuild(t *testing.T) {
	ownCache(t)
	if _, err := os.Stat("/sys/kernel/notes"); err != nil {
		t.Skip("the kernel shows no build id: ", err)
	}
	ownMounts(t)
	text := cacheText(t)
	wantCompile(t, text, nil, false)
	wantCompile(t, text, nil, true)
	notes := filepath.Join(t.TempDir(), "notes")
	writeOld(t, notes, "another build")
	must(0, unix.Mount(notes, "/sys/kernel/notes", "", unix.MS_BIND, ""))(t)
	wantCompile(t, text, nil, false)
	must(0, unix.Unmount("/sys/kernel/notes", 0))(t)
	wantCompile(t, text, nil, true)
}

// TestCacheKeyHeedsEverything wants another key for each variable and each part
// of a target that a compile depends on.
func TestCacheKeyHeedsEverything(t *testing.T) {
	target := Target{Release: "6.1.0", Version: "#1", Machine: "x86_64", PossibleCPUs: 4, OnlineCPUs: 2, EventsDir: t.TempDir()}
	tree := t.TempDir()
	for _, file := range []string{"include/linux/kconfig.h", "include/generated/autoconf.h"} {
		must(0, os.MkdirAll(filepath.Dir(filepath.Join(tree, file)), 0o755))(t)
		writeOld(t, filepath.Join(tree, file), "")
	}
	store := must(cache.Open(filepath.Join(t.TempDir(), "cache"), 0))(t)
	defer store.Close()
	key := func(target Target) string {
		t.Helper()
		p := must(prepare(cacheText(t), &Options{Target: &target, Headers: tree}, source.Position{File: "a.go", Line: 1}))(t)
		return must(p.key(store))(t).String()
	}
	seen := map[string]string{key(target): "nothing"}
	note := func(what, key string) {
		if other, ok := seen[key]; ok {
			t.Errorf("a change of %s gives the key of a change of %s", what, other)
		}
		seen[key] = what
	}
	for what, change := range map[string]func(*Target){
		"release":       func(t *Target) { t.Release = "6.1.1" },
		"version":       func(t *Target) { t.Version = "#2" },
		"machine":       func(t *Target) { t.Machine = "aarch64" },
		"possible CPUs": func(t *Target) { t.PossibleCPUs = 5 },
		"online CPUs":   func(t *Target) { t.OnlineCPUs = 3 },
	} {
		changed := target
		change(&changed)
		note(what, key(changed))
	}
	for _, name := range append(slices.Clone(compilerEnvironment), "ARCH", "BCC_LINUX_VERSION_CODE", "LIBBCC_SO_PATH") {
		func() {
			t.Setenv(name, "something")
			defer os.Unsetenv(name)
			note(name, key(target))
		}()
	}
	if len(seen) != 1+5+len(compilerEnvironment)+3 {
		t.Errorf("%d keys: %v", len(seen), slices.Sorted(maps.Values(seen)))
	}
}

// TestCachePermissionDenied compiles as a user who must not write to the cache.
func TestCachePermissionDenied(t *testing.T) {
	ownCache(t)
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0o700); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		b, err := Compile(cacheText(t), &Options{Cache: filepath.Join(locked, "cache")})
		if err != nil {
			t.Error(err)
			return
		}
		if s := b.CacheStatus(); s.Hit || s.Stored || !errors.Is(s.Err, fs.ErrPermission) || !strings.Contains(s.String(), "BCCGO_CACHE") {
			t.Errorf("%+v", s)
		}
	})
}

// TestCacheReadOnly compiles with a cache on a file system that is read-only: what
// is there is taken, what is not is not stored.
func TestCacheReadOnly(t *testing.T) {
	dir := ownCache(t)
	ownMounts(t)
	text := cacheText(t)
	wantCompile(t, text, nil, false)
	must(0, unix.Mount(dir, dir, "", unix.MS_BIND, ""))(t)
	must(0, unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))(t)
	defer func() { must(0, unix.Unmount(dir, 0))(t) }()
	wantCompile(t, text, nil, true)
	b := must(Compile(text+"\n", nil))(t)
	if s := b.CacheStatus(); s.Hit || s.Stored || !errors.Is(s.Err, unix.EROFS) {
		t.Errorf("%+v", s)
	}
}

// TestCacheClockBackwards has files from the future: as they are when the clock
// was put back.
func TestCacheClockBackwards(t *testing.T) {
	dir := ownCache(t)
	text := cacheText(t)
	wantCompile(t, text, nil, false)
	entry := onlyEntry(t, dir)
	future := time.Now().Add(24 * time.Hour)
	must(0, os.Chtimes(entry, future, future))(t)
	wantCompile(t, text, nil, true)
	if used := must(os.Stat(entry))(t).ModTime(); time.Since(used).Abs() > time.Hour {
		t.Errorf("last used %v", used)
	}

	header := filepath.Join(t.TempDir(), "own.h")
	writeOld(t, header, "#define STEP 1\n")
	must(0, os.Chtimes(header, future, future))(t)
	for range 2 { // a file from the future cannot be told from one that changes
		b := must(Compile("#include \""+header+"\"\n"+text, nil))(t)
		if s := b.CacheStatus(); s.Hit || s.Stored || s.Err == nil || !strings.Contains(s.String(), header) {
			t.Errorf("%+v", s)
		}
	}
}

// TestCacheForeignEntries puts in an entry's place what somebody else could have
// put there. It is left alone, and the program is compiled.
func TestCacheForeignEntries(t *testing.T) {
	dir := ownCache(t)
	text, named := cacheText(t), &Options{FileName: "named.c"} // wherever it is compiled from
	wantCompile(t, text, named, false)
	entry := onlyEntry(t, dir)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	must(0, os.WriteFile(elsewhere, must(os.ReadFile(entry))(t), 0o600))(t)
	copied := func(mode os.FileMode, uid int) func() error {
		return func() error {
			data, err := os.ReadFile(elsewhere)
			return errors.Join(err, os.WriteFile(entry, data, 0o600), os.Chmod(entry, mode), os.Chown(entry, uid, -1))
		}
	}
	for name, make := range map[string]func() error{
		"symlink":        func() error { return os.Symlink(elsewhere, entry) },
		"hard link":      func() error { return os.Link(elsewhere, entry) },
		"device":         func() error { return unix.Mknod(entry, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) },
		"FIFO":           func() error { return unix.Mkfifo(entry, 0o600) },
		"foreign owner":  copied(0o600, 65534),
		"group-writable": copied(0o620, 0),
		"world-writable": copied(0o602, 0),
	} {
		t.Run(name, func(t *testing.T) {
			must(0, errors.Join(os.Remove(entry), make()))(t)
			before := must(os.Lstat(entry))(t)
			var unsafe *UnsafeCacheError
			s := must(Compile(text, named))(t).CacheStatus()
			if s.Hit || s.Stored || !errors.As(s.Err, &unsafe) || unsafe.Path != entry {
				t.Errorf("%+v", s)
			}
			if after := must(os.Lstat(entry))(t); !os.SameFile(before, after) || after.Mode() != before.Mode() {
				t.Errorf("it was %v and is %v", before.Mode(), after.Mode())
			}
		})
	}
}
