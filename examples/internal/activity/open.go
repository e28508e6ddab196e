package activity

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// OpenFiles opens some files in a folder made for it, one after the other from
// one thread. It returns their names in that order and the thread. The second
// one does not exist.
func OpenFiles(t testing.TB) (names []string, tid int) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	for i, flag := range []int{os.O_RDWR | os.O_CREATE, os.O_RDONLY, os.O_RDWR | os.O_CREATE} {
		name := filepath.Join(dir, fmt.Sprintf("file number %d", i))
		f, err := os.OpenFile(name, flag, 0o600)
		if err == nil {
			err = f.Close()
		}
		if (err != nil) != (flag == os.O_RDONLY) {
			t.Fatalf("open %s: %v", name, err)
		}
		names = append(names, name)
	}
	return names, syscall.Gettid()
}
