package fsops

import (
	"errors"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// NameC defines name_of() and read_name(), which read the name of a file and of an
// entry of a directory, without the directories, into NAME_SIZE bytes, and includes
// what they need.
const NameC = `
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/sched.h>

#define NAME_SIZE 256	/* the longest that the kernel takes */

static inline void read_name(struct dentry *dentry, char *name)
{
	const unsigned char *text = NULL;

	bpf_probe_read_kernel(&text, sizeof(text), &dentry->d_name.name);
	bpf_probe_read_kernel_str(name, NAME_SIZE, text);
}

static inline void name_of(struct file *file, char *name)
{
	struct dentry *dentry = NULL;

	bpf_probe_read_kernel(&dentry, sizeof(dentry), &file->f_path.dentry);
	read_name(dentry, name);
}
`

// callsC times a file system's operations. A text behind it says what becomes of
// them in ended(). Calls of different operations may lie within each other: a
// write to a file opened with O_SYNC ends with an fsync.
const callsC = `
struct config {
	u64 magic;	/* of the file system */
	u64 least;	/* in nanoseconds: what takes longer counts */
	u32 on;		/* 0 until the rest is set */
	u32 pid;
};

enum { READ_OP, WRITE_OP, OPEN_OP, FSYNC_OP };

struct call_key {
	u32 tid;
	u32 op;
};

struct call {
	u64 begin;
	struct file *file;
	struct kiocb *iocb;	/* of reads and writes */
	s64 offset;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, struct call_key, struct call);

static inline u64 magic_of(struct file *file)
{
	struct inode *inode = NULL;
	struct super_block *sb = NULL;
	unsigned long magic = 0;

	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	bpf_probe_read_kernel(&sb, sizeof(sb), &inode->i_sb);
	bpf_probe_read_kernel(&magic, sizeof(magic), &sb->s_magic);
	return magic;
}

static inline int began(u32 op, struct call *call)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call_key key = {.tid = id, .op = op};
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || (c->pid && c->pid != id >> 32))
		return 0;
	if (magic_of(call->file) != c->magic)
		return 0;
	call->begin = bpf_ktime_get_ns();
	if (calls.update(&key, call))
		miss(MISSED_CALLS);
	return 0;
}

static inline int began_io(u32 op, struct kiocb *iocb)
{
	struct call call = {.iocb = iocb};

	bpf_probe_read_kernel(&call.file, sizeof(call.file), &iocb->ki_filp);
	bpf_probe_read_kernel(&call.offset, sizeof(call.offset), &iocb->ki_pos);
	return began(op, &call);
}

int enter_read(struct pt_regs *ctx, struct kiocb *iocb)
{
	return began_io(READ_OP, iocb);
}

int enter_write(struct pt_regs *ctx, struct kiocb *iocb)
{
	return began_io(WRITE_OP, iocb);
}

int enter_open(struct pt_regs *ctx, struct inode *inode, struct file *file)
{
	struct call call = {.file = file};

	return began(OPEN_OP, &call);
}

int enter_fsync(struct pt_regs *ctx, struct file *file)
{
	struct call call = {.file = file};

	return began(FSYNC_OP, &call);
}

static inline void ended(struct pt_regs *ctx, u32 op, struct call *call, u64 now);

static inline int returned(struct pt_regs *ctx, u32 op)
{
	struct call_key key = {.tid = bpf_get_current_pid_tgid(), .op = op};
	u64 now = bpf_ktime_get_ns();
	struct call *call = calls.lookup(&key);
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!call || !c)
		return 0;
	if (!c->least || now - call->begin > c->least)
		ended(ctx, op, call, now);
	calls.delete(&key);
	return 0;
}

int return_read(struct pt_regs *ctx)
{
	return returned(ctx, READ_OP);
}

int return_write(struct pt_regs *ctx)
{
	return returned(ctx, WRITE_OP);
}

int return_open(struct pt_regs *ctx)
{
	return returned(ctx, OPEN_OP);
}

int return_fsync(struct pt_regs *ctx)
{
	return returned(ctx, FSYNC_OP);
}
`

// config is the program's struct config.
type config struct {
	Magic, Least uint64
	On, PID      uint32
}

// attach attaches the program to the functions of a file system, to each return
// before its entry: a return whose entry was not seen is ignored.
func attach(s *toolkit.Session, m *bccgo.Module, functions [numOps]string) error {
	for op, function := range functions {
		_, err := m.AttachKretprobe(function, "return_"+Op(op).String(), nil)
		if err != nil {
			return err
		}
		if _, err := m.AttachKprobe(function, "enter_"+Op(op).String(), nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// NeedHeaders refuses to read the kernel's structs by another kernel's headers.
func NeedHeaders() error {
	own, err := bccgo.HeadersMatch(nil)
	if err == nil && !own {
		err = errors.New("files cannot be found in this kernel's memory by another kernel's headers: " +
			"install its own, or boot a kernel that describes its types (CONFIG_DEBUG_INFO_BTF)")
	}
	return err
}
