package bccgo

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var fileLook = look{`
#include <linux/sched.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/dcache.h>
struct found_t {
	u64 inode, magic, block_size;
	s64 size, pos, mtime;
	u32 dev, uid, gid, links, flags;
	u16 mode;
	char name[32], dir[32], type[16];
};
`, `
	struct file **fds = task->files->fdt->fd;
	struct file *file = *(fds + FD0);
	struct dentry *dentry = file->f_path.dentry;
	struct inode *inode = file->f_inode;

	f.inode = inode->i_ino;
	f.size = inode->i_size;
	f.mode = inode->i_mode;
	f.links = inode->i_nlink;
	f.uid = inode->i_uid.val;
	f.gid = inode->i_gid.val;
	f.dev = inode->i_sb->s_dev;
	f.magic = inode->i_sb->s_magic;
	f.block_size = inode->i_sb->s_blocksize;
	f.pos = file->f_pos;
	f.flags = file->f_flags;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	f.mtime = inode->i_mtime_sec;
#else
	f.mtime = inode->i_mtime.tv_sec;
#endif
	bpf_probe_read_kernel_str(f.name, sizeof(f.name), dentry->d_name.name);
	bpf_probe_read_kernel_str(f.dir, sizeof(f.dir), dentry->d_parent->d_name.name);
	bpf_probe_read_kernel_str(f.type, sizeof(f.type), inode->i_sb->s_type->name);
`}

type foundFile struct {
	Inode, Magic, BlockSize     uint64
	Size, Pos, MTime            int64
	Dev, UID, GID, Links, Flags uint32
	Mode                        uint16
	Name, Dir                   [32]byte
	Type                        [16]byte
	_                           [2]byte
}

// TestLiveTruthFile goes from a descriptor to the file's names and properties.
func TestLiveTruthFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth-dir", "truth-file")
	file := makeFile(t, path)
	got := take[foundFile](t, fileLook, int(file.Fd())).now()
	st := stat(t, path)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &fs); err != nil {
		t.Fatal(err)
	}
	want := foundFile{
		Inode: st.Ino, Size: 12345, Pos: 777, MTime: 1234567890, Mode: unix.S_IFREG | 0o641, Links: 2,
		UID: 4711, GID: 4712, Dev: kernelDev(st.Dev), Magic: uint64(fs.Type), BlockSize: uint64(fs.Bsize),
		Flags: got.Flags, Type: got.Type,
	}
	copy(want.Name[:], "truth-file")
	copy(want.Dir[:], "truth-dir")
	if got != want {
		t.Errorf("found %+v\nwant  %+v", got, want)
	}
	if flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0); err != nil || int(got.Flags) != flags {
		t.Errorf("the flags are %#x, fcntl says %#x, %v", got.Flags, flags, err)
	}
	if name, want := unix.ByteSliceToString(got.Type[:]), fileSystem(t, st.Dev); name != want {
		t.Errorf("the file system is %q, /proc says %q", name, want)
	}
}

// makeFile makes a file with two names that is like no other.
func makeFile(t *testing.T, path string) *os.File {
	t.Helper()
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	past := time.Unix(1234567890, 0)
	for _, step := range []func() error{
		func() error { _, err := file.Write(make([]byte, 12345)); return err },
		func() error { _, err := file.Seek(777, 0); return err },
		func() error { return os.Link(path, path+"-too") },
		func() error { return file.Chown(4711, 4712) },
		func() error { return file.Chmod(0o641) },
		func() error { return os.Chtimes(path, past, past) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

var folderLook = look{`
#include <linux/sched.h>
#include <linux/fs_struct.h>
#include <linux/mount.h>
#include <linux/dcache.h>
struct found_t {
	u64 inode;
	u32 dev, mount_dev;
	s32 umask;
	char name[32], dir[32], root[32];
};
`, `
	struct dentry *dentry = task->fs->pwd.dentry;
	struct vfsmount *mount = task->fs->pwd.mnt;

	f.inode = dentry->d_inode->i_ino;
	f.dev = dentry->d_sb->s_dev;
	f.mount_dev = mount->mnt_sb->s_dev;
	f.umask = task->fs->umask;
	bpf_probe_read_kernel_str(f.name, sizeof(f.name), dentry->d_name.name);
	bpf_probe_read_kernel_str(f.dir, sizeof(f.dir), dentry->d_parent->d_name.name);
	bpf_probe_read_kernel_str(f.root, sizeof(f.root), task->fs->root.dentry->d_name.name);
`}

type foundFolder struct {
	Inode           uint64
	Dev, MountDev   uint32
	Umask           int32
	Name, Dir, Root [32]byte
	_               [4]byte
}

// TestLiveTruthFolder finds the working directory of a thread.
func TestLiveTruthFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth-above", "truth-here")
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	l := take[foundFolder](t, folderLook)
	onOwnThread(t, func() error {
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return err
		}
		if err := unix.Chdir(path); err != nil {
			return err
		}
		unix.Umask(0o157)
		st := stat(t, path)
		want := foundFolder{Inode: st.Ino, Dev: kernelDev(st.Dev), MountDev: kernelDev(st.Dev), Umask: 0o157}
		copy(want.Name[:], "truth-here")
		copy(want.Dir[:], "truth-above")
		want.Root[0] = '/'
		if got := l.now(); got != want {
			t.Errorf("found %+v\nwant  %+v", got, want)
		}
		return nil
	})
}
