package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// opens tells how opening a folder ends: "", "unsafe" or the error.
func opens(path string) string {
	s, err := Open(path, 0)
	var unsafe *UnsafeError
	switch {
	case err == nil:
		s.Close()
		return ""
	case errors.As(err, &unsafe):
		return "unsafe"
	}
	return err.Error()
}

func mkdir(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	if err := errors.Join(os.MkdirAll(path, 0o700), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenMakesAPrivateFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "cache")
	if _, err := OpenExisting(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that does not exist: %v", err)
	}
	if got := opens(path); got != "" {
		t.Fatal(got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", info.Mode(), err)
	}
	if got := opens("relative"); got == "" || got == "unsafe" {
		t.Errorf("a relative path: %q", got)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := opens(file); got == "" || got == "unsafe" {
		t.Errorf("a file: %q", got)
	}
}

func TestOpenRefusesWritableFolders(t *testing.T) {
	base := t.TempDir()
	for mode, want := range map[os.FileMode]string{
		0o700: "", 0o755: "unsafe", 0o750: "unsafe", 0o770: "unsafe", 0o707: "unsafe", 0o777 | os.ModeSticky: "unsafe",
	} {
		if got := opens(mkdir(t, filepath.Join(base, mode.String()), mode)); got != want {
			t.Errorf("mode %v: %q, want %q", mode, got, want)
		}
	}
	for mode, want := range map[os.FileMode]string{0o755: "", 0o775: "unsafe", 0o757: "unsafe"} {
		parent := mkdir(t, filepath.Join(base, "parent"+mode.String()), mode)
		if got := opens(filepath.Join(parent, "cache")); got != want {
			t.Errorf("below mode %v: %q, want %q", mode, got, want)
		}
	}
}

func TestOpenRefusesOthersFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make folders that belong to others")
	}
	base := t.TempDir()
	others := mkdir(t, filepath.Join(base, "others"), 0o755)
	cache := mkdir(t, filepath.Join(others, "cache"), 0o700)
	link := filepath.Join(base, "link")
	if err := errors.Join(os.Chown(others, 65534, 65534), os.Symlink(cache, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{others, cache, link, link + "/deeper"} {
		if got := opens(path); got != "unsafe" {
			t.Errorf("%s: %q", path, got)
		}
	}
	// A sticky folder of root's lets others add but not exchange.
	sticky := mkdir(t, filepath.Join(base, "sticky"), 0o777|os.ModeSticky)
	if got := opens(filepath.Join(sticky, "mine")); got != "" {
		t.Errorf("below a sticky folder: %q", got)
	}
	planted := mkdir(t, filepath.Join(sticky, "planted"), 0o700)
	if err := os.Chown(planted, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if got := opens(planted); got != "unsafe" {
		t.Errorf("a planted folder: %q", got)
	}
	theirLink := filepath.Join(sticky, "their-link")
	if err := errors.Join(os.Symlink(mkdir(t, filepath.Join(base, "mine"), 0o700), theirLink), unix.Lchown(theirLink, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if got := opens(theirLink); got != "unsafe" {
		t.Errorf("another's link to a good folder: %q", got)
	}
}

func TestOpenFollowsOwnLinks(t *testing.T) {
	base := t.TempDir()
	mkdir(t, filepath.Join(base, "real", "inner"), 0o700)
	for name, target := range map[string]string{
		"absolute": filepath.Join(base, "real"), "relative": "real", "up": "real/inner/..", "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(base, name)); err != nil {
			t.Fatal(err)
		}
		got := opens(filepath.Join(base, name, "cache"))
		if loops := name == "loop"; (got == "") == loops {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, err := os.Stat(filepath.Join(base, "real", "cache")); err != nil {
		t.Error(err)
	}
}
