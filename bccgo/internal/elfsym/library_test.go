package elfsym

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/internal/testenv"
)

const (
	fooText = "int foo_answer(int x) { return x * 3 + 1; }\n"
	// waiter tells when it runs, and stays.
	waiter = "#include <unistd.h>\nint main(void) { write(1, \"up\\n\", 3); pause(); return 0; }\n"
	fooUse = "#include <unistd.h>\nint foo_answer(int);\nint main(int c, char **v) { if (foo_answer(c) > 0) write(1, \"up\\n\", 3); pause(); return 0; }\n"
)

func TestIsLibrary(t *testing.T) {
	for _, same := range []string{"c libc.so.6", "libc libc.so.6", "libc.so libc.so.6", "libc.so.6 libc.so.6",
		"c libc-2.31.so", "c libc.so", "pthread libpthread-2.28.so", "c ld-musl-x86_64.so.1", "c libc.musl-x86_64.so.1",
		"stdc++ libstdc++.so.6.0.30", "libssl.so.1 libssl.so.1.1", "ld-linux-x86-64.so.2 ld-linux-x86-64.so.2"} {
		name, file, _ := strings.Cut(same, " ")
		if !isLibrary(name, file) {
			t.Errorf("%s is not taken for %s", file, name)
		}
	}
	for _, other := range []string{"c libcrypt.so.1", "c libc++.so.1", "c libc-client.so.2", "libc.so.6 libc.so.5", "c libc-",
		"c libc", "ssl libssl3.so", "c libc-.so", "c libc.a", "libssl.so.1 libssl.so.11"} {
		name, file, _ := strings.Cut(other, " ")
		if isLibrary(name, file) {
			t.Errorf("%s is taken for %s", file, name)
		}
	}
}

// fixture is a root with a cache that lists libraries built here: one of this
// machine, and a linker script.
func fixture(t *testing.T) rootfs.FS {
	t.Helper()
	root := t.TempDir()
	build(t, filepath.Join(root, "opt/foo/libfoo.so.1.2"), fooText, "-shared", "-fPIC")
	build(t, filepath.Join(root, "opt/fast/libfoo.so.1"), fooText, "-shared", "-fPIC")
	build(t, filepath.Join(root, "usr/lib/libplain.so.3"), fooText, "-shared", "-fPIC")
	cache := newCache([]CachedLibrary{
		{"libfoo.so.1", "/opt/fast/libfoo.so.1", 1 << 62},
		{"libfoo.so.1", "/opt/foo/libfoo.so.1", 0},
		{"libfoo.so", "/opt/foo/libfoo.so", 0},
		{"libgone.so.1", "/opt/foo/libgone.so.1", 0},
	})
	for name, contents := range map[string]string{"opt/foo/libfoo.so": "INPUT(libfoo.so.1)", ldCache: string(cache)} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/opt/foo/libfoo.so.1.2", filepath.Join(root, "opt/foo/libfoo.so.1")); err != nil {
		t.Fatal(err)
	}
	return rootfs.FS(root)
}

func TestFindLibraryByCache(t *testing.T) {
	root := fixture(t)
	for name, want := range map[string]string{
		"foo": "opt/foo/libfoo.so.1.2", "libfoo.so.1": "opt/foo/libfoo.so.1.2", "libfoo.so": "opt/foo/libfoo.so.1.2",
		"plain": "usr/lib/libplain.so.3", "/opt/foo/libfoo.so.1": "opt/foo/libfoo.so.1.2",
	} {
		if got, err := FindLibrary(root, name, 0); got != filepath.Join(string(root), want) || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	var failed *LibraryError
	if got, err := FindLibrary(root, "gone", 0); !errors.As(err, &failed) {
		t.Errorf("an entry without its file gave %q, %v", got, err)
	}
	if _, err := FindLibrary(root, "fooo", 0); !errors.As(err, &failed) || !slices.Equal(failed.Nearest, []string{"foo"}) {
		t.Errorf("a mistyped name: %v", err)
	}
	if _, err := FindLibrary(root, "/opt/none.so", 0); !errors.As(err, &failed) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path without a file: %v", err)
	}
	if _, err := FindLibrary(root, "/opt/foo/", 0); !errors.As(err, &failed) {
		t.Errorf("a directory: %v", err)
	}
}

func TestFindLibraryLive(t *testing.T) {
	got, err := FindLibrary(rootfs.Live, "c", 0)
	if err != nil {
		t.Fatal(err)
	}
	// What the loader itself maps into a program is the truth.
	exe := build(t, filepath.Join(t.TempDir(), "exe"), waiter)
	if listed := run(t, "ldd", exe); !strings.Contains(listed, got+" ") {
		t.Errorf("found %s, but ldd says\n%s", got, listed)
	}
}

func TestFindLibraryOfProcess(t *testing.T) {
	dir := t.TempDir()
	library := build(t, filepath.Join(dir, "libbccgofoo.so"), fooText, "-shared", "-fPIC")
	exe := build(t, filepath.Join(dir, "user"), fooUse, library, "-Wl,-rpath,"+dir)
	process := testenv.Start(t, exe)
	process.Await("up", 10*time.Second)

	if got, err := FindLibrary(rootfs.Live, "bccgofoo", process.Pid()); got != library || err != nil {
		t.Errorf("found %q, %v", got, err)
	}
	if got, err := Find(rootfs.Live, "user", process.Pid()); got != exe || err != nil {
		t.Errorf("its program is %q, %v", got, err)
	}
	libc, err := FindLibrary(rootfs.Live, "c", process.Pid())
	if err != nil || !strings.Contains(filepath.Base(libc), "libc") {
		t.Errorf("its C library is %q, %v", libc, err)
	}
	var failed *LibraryError
	if got, err := FindLibrary(rootfs.Live, "bccgofoo", 0); !errors.As(err, &failed) {
		t.Errorf("without the process it is %q, %v", got, err)
	}

	want, err := Offset(library, "foo_answer")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	deleted, err := FindLibrary(rootfs.Live, "bccgofoo", process.Pid())
	if err != nil || !strings.Contains(deleted, "/map_files/") {
		t.Fatalf("the deleted library is %q, %v", deleted, err)
	}
	if os.Getuid() == 0 {
		if got, err := Offset(deleted, "foo_answer"); got != want || err != nil {
			t.Errorf("its function is at %d, %v; want %d", got, err, want)
		}
	}
}

func TestFindLibraryOfNoProcess(t *testing.T) {
	_, err := FindLibrary(rootfs.Live, "c", 1<<22+1)
	var failed *LibraryError
	if !errors.As(err, &failed) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no such process") {
		t.Errorf("got %v", err)
	}
}

// TestFindLibraryInOtherRoot looks into a process whose root is elsewhere,
// where an absolute link must not lead out to this one's files.
func TestFindLibraryInOtherRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, for chroot")
	}
	root := fixture(t)
	build(t, filepath.Join(string(root), "bin/waiter"), waiter, "-static")
	cmd := exec.Command("/bin/waiter")
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: string(root)}
	process := testenv.StartCmd(t, cmd)
	process.Await("up", 10*time.Second)

	inside := "/proc/" + strconv.Itoa(process.Pid()) + "/root"
	for name, want := range map[string]string{
		"foo": "/opt/foo/libfoo.so.1.2", "plain": "/usr/lib/libplain.so.3", "/opt/foo/libfoo.so.1": "/opt/foo/libfoo.so.1.2",
	} {
		if got, err := FindLibrary(rootfs.Live, name, process.Pid()); got != inside+want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	exe, err := ProcessExe(rootfs.Live, process.Pid())
	if err != nil || !sameFile(exe, filepath.Join(string(root), "bin/waiter")) {
		t.Errorf("its program is %q, %v", exe, err)
	}
	if offset, err := Offset(inside+"/opt/foo/libfoo.so.1.2", "foo_answer"); offset == 0 || err != nil {
		t.Errorf("offset %d, %v", offset, err)
	}
}

func TestFindExe(t *testing.T) {
	dir := t.TempDir()
	exe := build(t, filepath.Join(dir, "bccgo-prog"), waiter)
	if err := os.WriteFile(filepath.Join(dir, "bccgo-text"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "relative:/nonexistent:"+dir)
	for _, find := range []func(name string) (string, error){
		func(name string) (string, error) { return FindExe(rootfs.Live, name) },
		func(name string) (string, error) { return Find(rootfs.Live, name, 0) },
	} {
		for _, name := range []string{"bccgo-prog", exe} {
			if got, err := find(name); got != exe || err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		var failed *LibraryError
		for _, name := range []string{"bccgo-text", "bccgo-none", "", dir + "/bccgo-none"} {
			if got, err := find(name); !errors.As(err, &failed) || failed.Name != name {
				t.Errorf("%q: %q, %v", name, got, err)
			}
		}
	}
}

func TestParseMapping(t *testing.T) {
	for line, want := range map[string]Mapping{
		"7f00-7fff r-xp 00001000 fe:00 42                         /usr/lib/libc.so.6": {0x7f00, 0x7fff, 0x1000, true, "/usr/lib/libc.so.6", false},
		"7f00-7fff rw-p 00000000 fe:00 42                         /a b (deleted)":     {0x7f00, 0x7fff, 0, false, "/a b", true},
	} {
		if got, ok, err := parseMapping(line); got != want || !ok || err != nil {
			t.Errorf("%q: %+v, %v, %v", line, got, ok, err)
		}
	}
	for _, line := range []string{"7f00-7fff rw-p 00000000 00:00 0 ", "7f00-7fff rw-p 00000000 00:00 0                          [heap]"} {
		if _, ok, err := parseMapping(line); ok || err != nil {
			t.Errorf("%q: %v, %v", line, ok, err)
		}
	}
	for _, line := range []string{"", "7f00 r-xp 0 0 0 /x", "x-y r-xp 0 0 0 /x", "1-2 r-xp zz 0 0 /x"} {
		if _, _, err := parseMapping(line); err == nil {
			t.Errorf("%q is no error", line)
		}
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add("7f00-7fff r-xp 00001000 fe:00 42  /usr/lib/libc.so.6")
	f.Fuzz(func(t *testing.T, line string) {
		if m, ok, err := parseMapping(line); ok && (err != nil || m.Path == "" && !m.Deleted) {
			t.Fatalf("%q: %+v, %v", line, m, err)
		}
	})
}
