package testenv

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// CopySelf copies the test binary, gives the copy a mode (which may have the
// set-user-ID bit) and returns its path. Every user can start it. It is removed
// when the test ends.
func CopySelf(t testing.TB, mode os.FileMode) string {
	t.Helper()
	// Not in the test's own folder, which other users cannot enter.
	dir, err := os.MkdirTemp("/var/tmp", "bccgo-copy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "copy")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := copyFile("/proc/self/exe", path); err != nil {
		t.Fatal(err)
	}
	// Writing takes the bit away: it comes last.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
