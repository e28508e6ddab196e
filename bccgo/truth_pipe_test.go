package bccgo

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

var pipeLook = look{`
#include <linux/sched.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/pipe_fs_i.h>
struct found_t {
	u64 inode;
	u32 mode, ring_size, readers, writers, waiting, is_pipe;
};
`, `
	struct file **fds = task->files->fdt->fd;
	struct file *file = *(fds + FD0);
	struct inode *inode = file->f_inode;
	struct pipe_inode_info *pipe = inode->i_pipe;
	u32 tail = pipe->tail & (pipe->ring_size - 1);
	struct pipe_buffer *first = pipe->bufs + tail;

	f.inode = inode->i_ino;
	f.mode = inode->i_mode;
	f.is_pipe = S_ISFIFO(f.mode);
	f.ring_size = pipe->ring_size;
	f.readers = pipe->readers;
	f.writers = pipe->writers;
	f.waiting = first->len;
`}

type foundPipe struct {
	Inode                                             uint64
	Mode, RingSize, Readers, Writers, Waiting, IsPipe uint32
}

// TestLiveTruthPipe looks into a pipe with something in it.
func TestLiveTruthPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString("truth"); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4*os.Getpagesize()); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(r.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	waiting, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
	if err != nil || waiting != 5 {
		t.Fatalf("%d bytes wait, %v", waiting, err)
	}
	want := foundPipe{Inode: st.Ino, Mode: st.Mode, IsPipe: 1, RingSize: 4, Readers: 1, Writers: 1, Waiting: 5}
	if got := take[foundPipe](t, pipeLook, int(r.Fd())).now(); got != want {
		t.Errorf("found %+v\nwant  %+v", got, want)
	}
}
