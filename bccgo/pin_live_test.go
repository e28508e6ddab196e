package bccgo

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// ownMounts gives this test's thread mounts of its own.
func ownMounts(t *testing.T) {
	t.Helper()
	// Never unlocked: the thread ends with the test, and its mounts with it.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		t.Fatalf("unshare the mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatalf("make the mounts private: %v", err)
	}
}

// bpffs mounts a BPF file system for this test's thread alone.
func bpffs(t *testing.T) string {
	t.Helper()
	ownMounts(t)
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatalf("mount a BPF file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount the BPF file system: %v", err)
		}
	})
	return dir
}

// A pinned table outlives its module, and is found again also by a program
// that would have made it larger.
func TestLivePinnedTable(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	path := filepath.Join(bpffs(t), "set")
	for round, entries := range []int{16, 1024} {
		m, err := Load(fmt.Sprintf(`BPF_TABLE_PINNED("hash", u64, u64, set, %d, "%s");`, entries, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		set, err := Map[uint64, uint64](m, "set")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := set.Lookup(1); round == 1 && (got != 7 || err != nil) {
			t.Errorf("reopened: got %d, %v", got, err)
		}
		if err := set.Update(1, 7); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
