package tooltest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

// PinSet pins a map with one key, as --cgroupmap (valueType "u64") and
// --mntnsmap ("u32") want it, and returns its path. It is gone when the test
// ends.
func PinSet[V any](t *testing.T, valueType string, key uint64, value V) string {
	t.Helper()
	path := fmt.Sprintf("/sys/fs/bpf/%s-%d", filepath.Base(t.Name()), os.Getpid())
	text := fmt.Sprintf(`BPF_TABLE_PINNED("hash", u64, %s, set, 1024, "%s");`, valueType, path)
	m, err := bccgo.Load(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	t.Cleanup(func() { os.Remove(path) })
	set, err := bccgo.Map[uint64, V](m, "set")
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Update(key, value); err != nil {
		t.Fatal(err)
	}
	return path
}

// Inode returns the number by which the kernel knows a control group's folder
// or a namespace's file.
func Inode(t *testing.T, path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// Cgroup makes a control group and returns its folder, opened. It is gone when
// the test ends, by when it must be empty.
func Cgroup(t *testing.T) *os.File {
	t.Helper()
	dir := fmt.Sprintf("/sys/fs/cgroup/%s-%d", filepath.Base(t.Name()), os.Getpid())
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	group, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { group.Close() })
	return group
}
