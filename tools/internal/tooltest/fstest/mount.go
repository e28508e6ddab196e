// Package fstest is what the tests of the tools about file systems share: file
// systems on a slow disk, and what is done to files there.
package fstest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Delay is how long the disk takes for a request.
const Delay = 20 * time.Millisecond

// mkfs are the commands that make file systems, without the disk. Those that would
// write much at once are told not to.
var mkfs = map[string][]string{
	"ext4":  {"mkfs.ext4", "-q", "-E", "nodiscard"},
	"xfs":   {"mkfs.xfs", "-q", "-K"},
	"btrfs": {"mkfs.btrfs", "-q", "-K"},
}

// Mount makes a file system on a disk that takes its time and returns the folder
// where it is mounted. It is gone when the test ends. The test has to be one for
// the virtual machine.
func Mount(t *testing.T, kind string) string {
	t.Helper()
	testenv.NeedProgram(t, mkfs[kind][0])
	disk := nullDisk(t)
	run(t, append(slices.Clone(mkfs[kind]), disk)...)
	dir, err := os.MkdirTemp("/tmp", kind) // the test's own folder has to be empty at its end
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	run(t, "modprobe", kind)
	if err := unix.Mount(disk, dir, kind, unix.MS_NOATIME, ""); err != nil {
		t.Fatalf("mount %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// nullDisk makes a disk in memory.
func nullDisk(t *testing.T) string {
	t.Helper()
	run(t, "modprobe", "null_blk", "nr_devices=1", "gb=1", "memory_backed=1", "queue_mode=2", "irqmode=2", "submit_queues=1",
		fmt.Sprintf("completion_nsec=%d", Delay))
	t.Cleanup(func() { run(t, "modprobe", "-r", "null_blk") })
	const disk = "/dev/nullb0"
	// The kernel looks for partitions first.
	for range 100 {
		fd, err := unix.Open(disk, unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
		if err == nil {
			unix.Close(fd)
			return disk
		}
		time.Sleep(testenv.Timeout(20 * time.Millisecond))
	}
	t.Fatalf("%s does not become free", disk)
	return ""
}

func run(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Errorf("%q: %v\n%s", command, err, out)
	}
}
