package cc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRemoveStale removes folders that are old, this user's and nobody's any
// more, and no others.
func TestRemoveStale(t *testing.T) {
	tmp := t.TempDir()
	folder := func(name string, old bool) string {
		path := filepath.Join(tmp, name)
		if err := os.MkdirAll(filepath.Join(path, "include", "linux"), 0o700); err != nil {
			t.Fatal(err)
		}
		if old {
			makeOld(t, path)
		}
		return path
	}
	gone := folder(treePrefix+"old", true)
	stay := []string{folder(treePrefix+"new", false), folder(treePrefix+"used", true), folder("bccgo-other", true)}
	used, err := os.Open(stay[1])
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	if err := unix.Flock(int(used.Fd()), unix.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		foreign := folder(treePrefix+"foreign", true)
		if err := os.Chown(foreign, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		stay = append(stay, foreign)
	}
	link := filepath.Join(tmp, treePrefix+"link")
	if err := os.Symlink(stay[2], link); err != nil {
		t.Fatal(err)
	}
	removeStale(tmp)
	if _, err := os.Lstat(gone); !os.IsNotExist(err) {
		t.Errorf("%s is still there, %v", gone, err)
	}
	for _, path := range append(stay, link) {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s is gone: %v", path, err)
		}
	}
}

// TestTreeDirLeavesNothing makes a folder of either kind and closes it.
func TestTreeDirLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	d, err := newTreeDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestTreeDirIsOwn refuses a folder that somebody put in the place of the one
// that was made.
func TestTreeDirIsOwn(t *testing.T) {
	tmp := t.TempDir()
	own := filepath.Join(tmp, "own")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := openOwn(own)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()

	open := filepath.Join(tmp, "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o770)); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(tmp, "link")
	if err := os.Symlink(own, link); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(tmp, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := []string{open, link, plain}
	if os.Geteuid() == 0 {
		foreign := filepath.Join(tmp, "foreign")
		if err := errors.Join(os.Mkdir(foreign, 0o700), os.Chown(foreign, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		refused = append(refused, foreign)
	}
	for _, path := range refused {
		if file, err := openOwn(path); err == nil {
			t.Errorf("%s was taken", path)
			file.Close()
		}
	}
}
