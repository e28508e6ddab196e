package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func tree(t *testing.T) FS {
	t.Helper()
	root := t.TempDir()
	file := filepath.Join(root, "usr/lib/real.txt")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("  inside \nsecond\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	link(t, "/usr/lib", filepath.Join(root, "lib"))
	link(t, "/lib/real.txt", filepath.Join(root, "abs"))
	link(t, "../../../../../usr/lib/real.txt", filepath.Join(root, "etc/climb"))
	link(t, "loop", filepath.Join(root, "loop"))
	link(t, "/etc/passwd", filepath.Join(root, "out"))
	return FS(root)
}

func TestLinksStayInside(t *testing.T) {
	f := tree(t)
	for _, p := range []string{"/usr/lib/real.txt", "/lib/real.txt", "abs", "/etc/climb", "/../../lib/./real.txt"} {
		if line, err := f.ReadLine(p); err != nil || line != "inside" {
			t.Errorf("ReadLine(%q) = %q, %v", p, line, err)
		}
		if got, err := f.Resolve(p); err != nil || got != "/usr/lib/real.txt" {
			t.Errorf("Resolve(%q) = %q, %v", p, got, err)
		}
	}
	if _, err := f.Open("/out"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to the host's /etc/passwd opened: %v", err)
	}
}

func TestLoopIsAnError(t *testing.T) {
	f := tree(t)
	if _, err := f.Resolve("/loop"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("Resolve of a loop: %v", err)
	}
	if _, err := f.Exists("/loop"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("Exists of a loop: %v", err)
	}
}

func TestKinds(t *testing.T) {
	f := tree(t)
	if !f.IsDir("/lib") || f.IsDir("/abs") || f.IsDir("/none") {
		t.Error("IsDir is wrong")
	}
	if !f.IsFile("/abs") || f.IsFile("/lib") {
		t.Error("IsFile is wrong")
	}
	for p, want := range map[string]bool{"/abs": true, "/none/below": false, "/abs/below": false} {
		if got, err := f.Exists(p); got != want || err != nil {
			t.Errorf("Exists(%q) = %v, %v", p, got, err)
		}
	}
	if got, err := f.Readlink("/lib"); err != nil || got != "/usr/lib" {
		t.Errorf("Readlink = %q, %v", got, err)
	}
	if entries, err := f.ReadDir("/lib"); err != nil || len(entries) != 1 {
		t.Errorf("ReadDir = %v, %v", entries, err)
	}
}

func TestLiveIsUntouched(t *testing.T) {
	for _, f := range []FS{"", Live} {
		if got := f.Path("/proc/self/exe"); got != "/proc/self/exe" {
			t.Errorf("Path on %q = %q", f, got)
		}
	}
	if FS("/proc/1/root").IsLive() {
		t.Error("a moved root is not live")
	}
}
