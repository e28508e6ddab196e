package blocktest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Delay is how long the disks of NullDisks take for a request.
const Delay = 20 * time.Millisecond

// NullDisks makes two disks, nullb0 and nullb1, that take requests one by one
// and have each wait. The others wait in the scheduler's queue: without one, there
// would be no request until the disk can take it.
func NullDisks(t testing.TB) {
	t.Helper()
	testenv.VM(t)
	args := []string{"null_blk", "nr_devices=2", "queue_mode=2", "irqmode=2", "submit_queues=1", "hw_queue_depth=1",
		fmt.Sprintf("completion_nsec=%d", Delay)}
	if out, err := exec.Command("modprobe", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("modprobe", "-r", "null_blk").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	for _, disk := range []string{"nullb0", "nullb1"} {
		if err := os.WriteFile("/sys/block/"+disk+"/queue/scheduler", []byte("mq-deadline"), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, disk := range []string{"nullb0", "nullb1"} {
		awaitRest(t, disk)
	}
}

// awaitRest waits until the kernel and udev have looked at a new disk.
func awaitRest(t testing.TB, disk string) {
	t.Helper()
	for old := ""; ; time.Sleep(testenv.Timeout(100 * time.Millisecond)) {
		stat, err := os.ReadFile("/sys/block/" + disk + "/stat")
		if err != nil {
			t.Fatal(err)
		}
		if string(stat) == old {
			return
		}
		old = string(stat)
	}
}

// BlockSize is how much a Disk reads or writes at a time, unless its test says.
const BlockSize = 4096

// Disk is a disk opened past the page cache.
type Disk struct {
	testing.TB
	FD int
	// Buf is memory as such reading and writing wants it, of 16 blocks.
	Buf []byte
}

// Open opens a disk until the end of the test.
func Open(t testing.TB, name string) *Disk {
	t.Helper()
	fd, err := unix.Open("/dev/"+name, unix.O_RDWR|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	buf, err := unix.Mmap(-1, 0, 16*BlockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(buf) })
	return &Disk{t, fd, buf}
}

// Read reads n blocks, one by one and every other one from the first on.
func (d *Disk) Read(n int) {
	d.Helper()
	for i := range n {
		d.ReadAt(int64(i)*2*BlockSize, BlockSize)
	}
}

// Write writes n blocks where Read reads them.
func (d *Disk) Write(n int) {
	d.Helper()
	for i := range n {
		d.WriteAt(int64(i)*2*BlockSize, BlockSize)
	}
}

// ReadAt reads so many bytes, a multiple of 512, at an offset.
func (d *Disk) ReadAt(offset int64, size int) {
	d.Helper()
	if _, err := unix.Pread(d.FD, d.Buf[:size], offset); err != nil {
		d.Error(err)
	}
}

// WriteAt writes so many bytes, a multiple of 512, at an offset.
func (d *Disk) WriteAt(offset int64, size int) {
	d.Helper()
	if _, err := unix.Pwrite(d.FD, d.Buf[:size], offset); err != nil {
		d.Error(err)
	}
}
