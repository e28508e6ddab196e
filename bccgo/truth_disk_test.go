package bccgo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// requestText looks at the last request that was given to a disk.
const requestText = `
#include <linux/blkdev.h>
#include <linux/blk-mq.h>
struct found_t {
	u64 sector;
	u32 bytes, major, minor, dev, operation, requests;
	char disk[16];
};
BPF_ARRAY(found, struct found_t, 1);

int kprobe__blk_mq_start_request(struct pt_regs *ctx, struct request *rq)
{
	struct gendisk *disk = rq->q->disk;
	struct found_t f = {}, *last;
	int zero = 0;

	if (disk->major != MAJOR || disk->first_minor != MINOR)
		return 0;
	last = found.lookup(&zero);
	if (last)
		f.requests = last->requests + 1;
	f.sector = rq->__sector;
	f.bytes = rq->__data_len;
	f.operation = rq->cmd_flags & REQ_OP_MASK;
	f.major = disk->major;
	f.minor = disk->first_minor;
	f.dev = disk->part0->bd_dev;
	bpf_probe_read_kernel_str(f.disk, sizeof(f.disk), disk->disk_name);
	found.update(&zero, &f);
	return 0;
}
`

type foundRequest struct {
	Sector                                        uint64
	Bytes, Major, Minor, Dev, Operation, Requests uint32
	Disk                                          [16]byte
}

// TestVMTruthRequest reads from and writes to a disk past the cache.
func TestVMTruthRequest(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	disk := loopDisk(t)
	st := stat(t, disk)
	major, minor := unix.Major(st.Rdev), unix.Minor(st.Rdev)
	m := loadTruth(t, requestText, map[string]string{"MAJOR": fmt.Sprint(major), "MINOR": fmt.Sprint(minor)})
	found, err := Map[int32, foundRequest](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(disk, unix.O_RDWR|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	const size = 8192
	page, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(page)
	for i, transfer := range []func(int, []byte, int64) (int, error){unix.Pread, unix.Pwrite} {
		before, err := found.Lookup(0)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := transfer(fd, page, 1<<20); n != size || err != nil {
			t.Fatal(n, err)
		}
		got, err := found.Lookup(0)
		want := foundRequest{Sector: 1 << 20 / 512, Bytes: size, Major: major, Minor: minor, Dev: kernelDev(st.Rdev), Operation: uint32(i), Requests: before.Requests + 1}
		copy(want.Disk[:], filepath.Base(disk))
		if got != want || err != nil {
			t.Errorf("found %+v\nwant  %+v, %v", got, want, err)
		}
	}
}

// loopDisk makes a disk of a file.
func loopDisk(t *testing.T) string {
	t.Helper()
	testenv.NeedProgram(t, "losetup")
	command(t, "modprobe", "loop")
	file := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 4<<20); err != nil {
		t.Fatal(err)
	}
	disk := strings.TrimSpace(command(t, "losetup", "--find", "--show", file))
	t.Cleanup(func() { command(t, "losetup", "--detach", disk) })
	return disk
}

// command runs a program that must succeed and returns its output.
func command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

const vfsWriteText = `
#include <linux/fs.h>
struct found_t {
	u64 inode, magic, count, calls;
	u32 dev, flags;
	char name[16], type[16];
};
BPF_ARRAY(found, struct found_t, 1);

int kprobe__vfs_write(struct pt_regs *ctx, struct file *file, const char __user *buf, size_t count)
{
	struct super_block *sb = file->f_inode->i_sb;
	struct found_t f = {}, *last;
	int zero = 0;

	if (bpf_get_current_pid_tgid() >> 32 != ME || sb->s_magic != MAGIC)
		return 0;
	last = found.lookup(&zero);
	if (last)
		f.calls = last->calls + 1;
	f.inode = file->f_inode->i_ino;
	f.magic = sb->s_magic;
	f.dev = sb->s_dev;
	f.flags = file->f_flags;
	f.count = count;
	bpf_probe_read_kernel_str(f.name, sizeof(f.name), file->f_path.dentry->d_name.name);
	bpf_probe_read_kernel_str(f.type, sizeof(f.type), sb->s_type->name);
	found.update(&zero, &f);
	return 0;
}
`

type foundWrite struct {
	Inode, Magic, Count, Calls uint64
	Dev, Flags                 uint32
	Name, Type                 [16]byte
}

// TestVMTruthWrite follows a function's parameter to the file system.
func TestVMTruthWrite(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	dir := t.TempDir()
	if err := unix.Mount("truth", dir, "ramfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, 0)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	defines := me()
	defines["MAGIC"] = fmt.Sprint(fs.Type)
	m := loadTruth(t, vfsWriteText, defines)
	path := filepath.Join(dir, "truth-file")
	if err := os.WriteFile(path, make([]byte, 321), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Map[int32, foundWrite](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	st := stat(t, path)
	want := foundWrite{Inode: st.Ino, Magic: uint64(fs.Type), Count: 321, Calls: 1, Dev: kernelDev(st.Dev)}
	copy(want.Name[:], "truth-file")
	copy(want.Type[:], "ramfs")
	got, err := found.Lookup(0)
	want.Flags = got.Flags
	if got != want || err != nil || got.Flags&unix.O_ACCMODE != unix.O_WRONLY {
		t.Errorf("found %+v\nwant  %+v, %v", got, want, err)
	}
}
