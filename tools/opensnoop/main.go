// Opensnoop prints every file that is opened: who opened it and whether that
// worked.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The path is read at the call's return: the kernel has read it by then, so
// that it is in memory, and only the return tells whether the call is wanted.
// It leaves the kernel in pieces, all from one processor and so in order:
// directories from the innermost to the outermost if the full path is wanted,
// then the path as given.
const program = `
#include <linux/fcntl.h>
#include <linux/sched.h>

#define TEXT_SIZE 256

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 failed;
	u32 pid, tid;
	u32 by_uid, uid;
	u32 flags;
};

struct call {
	const char *path;
	int dir;
	u32 flags, mode;
};

enum { TEXT_PATH, TEXT_DIR };

/* One piece of an open call's path, and the call. */
struct event {
	u64 time;
	u32 pid, tid, uid;
	s32 ret;
	s32 dir;
	u32 flags, mode;
	u32 kind;
	u32 last;	/* whether this piece is the last one */
	u32 cut;	/* whether directories are missing */
	s32 size;	/* of the text with the final 0, negative if unreadable */
	char comm[TASK_COMM_LEN];
	char text[TEXT_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, u64, struct call);
BPF_PERF_OUTPUT(events);

static inline int wanted(u32 flags)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u64 id = bpf_get_current_pid_tgid();

	if (!c || !c->on || filtered_out())
		return 0;
	if (c->pid && c->pid != id >> 32)
		return 0;
	if (c->tid && c->tid != (u32)id)
		return 0;
	if (c->by_uid && c->uid != (u32)bpf_get_current_uid_gid())
		return 0;
	if (c->flags && !(c->flags & flags))
		return 0;
	return 1;
}

static inline int enter(int dir, const char *path, u32 flags, u32 mode)
{
	struct call call = {.path = path, .dir = dir, .flags = flags, .mode = mode};
	u64 id = bpf_get_current_pid_tgid();

	if (wanted(flags) && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

static inline void send(void *ctx, struct event *ev)
{
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}

#ifdef WALK_DIRS
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/mount.h>
#include <linux/path.h>

/* The beginning of struct mount, which kernel headers lack. */
struct mount_head {
	struct hlist_node hash;
	struct mount_head *parent;
	struct dentry *mountpoint;
	struct vfsmount mnt;
};

/* Finds the directory that a path without leading slash starts from. */
static inline void start_dir(int dir, struct path *start)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fs_struct *fs = NULL;
	struct files_struct *files = NULL;
	struct fdtable *table = NULL;
	struct file **slots = NULL, *file = NULL;

	if (dir == AT_FDCWD) {
		bpf_probe_read_kernel(&fs, sizeof(fs), &task->fs);
		bpf_probe_read_kernel(start, sizeof(*start), &fs->pwd);
		return;
	}
	bpf_probe_read_kernel(&files, sizeof(files), &task->files);
	bpf_probe_read_kernel(&table, sizeof(table), &files->fdt);
	bpf_probe_read_kernel(&slots, sizeof(slots), &table->fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[dir]);
	bpf_probe_read_kernel(start, sizeof(*start), &file->f_path);
}

static inline void task_root(struct path *root)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fs_struct *fs = NULL;

	bpf_probe_read_kernel(&fs, sizeof(fs), &task->fs);
	bpf_probe_read_kernel(root, sizeof(*root), &fs->root);
}

static inline struct mount_head *mount_of(struct vfsmount *mnt)
{
	return (struct mount_head *)((void *)mnt - offsetof(struct mount_head, mnt));
}

/* Sends the directories between a call's start and the process's root. */
static inline void send_dirs(void *ctx, struct event *ev)
{
	struct path at = {}, root = {};
	struct dentry *up, *top;
	struct mount_head *mount, *outer;
	const unsigned char *name;
	int i;

	start_dir(ev->dir, &at);
	task_root(&root);
	ev->kind = TEXT_DIR;
#pragma unroll
	for (i = 0; i < MAX_STEPS; i++) {
		if (!at.dentry)
			break;
		if (at.dentry == root.dentry && at.mnt == root.mnt)
			return;
		mount = mount_of(at.mnt);
		top = up = NULL;
		bpf_probe_read_kernel(&top, sizeof(top), &at.mnt->mnt_root);
		if (at.dentry == top) {
			/* The top of a file system: go on where it is mounted. */
			outer = NULL;
			bpf_probe_read_kernel(&outer, sizeof(outer), &mount->parent);
			if (!outer || outer == mount)
				return;
			at.mnt = (void *)outer + offsetof(struct mount_head, mnt);
			bpf_probe_read_kernel(&at.dentry, sizeof(at.dentry), &mount->mountpoint);
			continue;
		}
		name = NULL;
		bpf_probe_read_kernel(&name, sizeof(name), &at.dentry->d_name.name);
		ev->size = bpf_probe_read_kernel_str(ev->text, TEXT_SIZE, name);
		send(ctx, ev);
		bpf_probe_read_kernel(&up, sizeof(up), &at.dentry->d_parent);
		if (up == at.dentry)
			return;
		at.dentry = up;
	}
	ev->cut = 1;
}
#endif

/* Sends the path as given: PIECES pieces hold the longest the kernel takes. */
#define PIECES 17

static inline void send_path(void *ctx, struct event *ev, const char *path)
{
	int i;

	ev->kind = TEXT_PATH;
#pragma unroll
	for (i = 0; i < PIECES; i++) {
		ev->size = bpf_probe_read_user_str(ev->text, TEXT_SIZE, path + i * (TEXT_SIZE - 1));
		ev->last = ev->size < TEXT_SIZE || i == PIECES - 1;
		send(ctx, ev);
		if (ev->last)
			return;
	}
}

static inline int leave(void *ctx, int ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *call = calls.lookup(&id);
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {};
	char first = 0;

	if (!call || !c)
		return 0;
	if (ret >= 0 && c->failed)
		goto forget;
	ev.time = bpf_ktime_get_ns();
	ev.pid = id >> 32;
	ev.tid = id;
	ev.uid = bpf_get_current_uid_gid();
	ev.ret = ret;
	ev.dir = call->dir;
	ev.flags = call->flags;
	ev.mode = call->mode;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
#ifdef WALK_DIRS
	bpf_probe_read_user(&first, sizeof(first), call->path);
	if (first != '/')
		send_dirs(ctx, &ev);
#endif
	send_path(ctx, &ev, call->path);
forget:
	calls.delete(&id);
	return 0;
}

struct how {
	u64 flags, mode, resolve;
};

static inline int enter_how(int dir, const char *path, const void *from)
{
	struct how how = {};

	bpf_probe_read_user(&how, sizeof(how), from);
	return enter(dir, path, how.flags, how.mode);
}

#ifdef TRACE_OPEN
TRACEPOINT_PROBE(syscalls, sys_enter_open)
{
	return enter(AT_FDCWD, args->filename, args->flags, args->mode);
}

TRACEPOINT_PROBE(syscalls, sys_exit_open)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_OPENAT
TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	return enter(args->dfd, args->filename, args->flags, args->mode);
}

TRACEPOINT_PROBE(syscalls, sys_exit_openat)
{
	return leave(args, args->ret);
}
#endif

#ifdef TRACE_OPENAT2
TRACEPOINT_PROBE(syscalls, sys_enter_openat2)
{
	return enter_how(args->dfd, args->filename, args->how);
}

TRACEPOINT_PROBE(syscalls, sys_exit_openat2)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_OPEN
int syscall__open(struct pt_regs *ctx, const char *path, int flags, int mode)
{
	return enter(AT_FDCWD, path, flags, mode);
}

int return_open(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_OPENAT
int syscall__openat(struct pt_regs *ctx, int dir, const char *path, int flags, int mode)
{
	return enter(dir, path, flags, mode);
}

int return_openat(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_OPENAT2
int syscall__openat2(struct pt_regs *ctx, int dir, const char *path, const void *how)
{
	return enter_how(dir, path, how);
}

int return_openat2(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// config is the program's struct config.
type config struct {
	On         uint32
	Failed     uint32
	PID, TID   uint32
	ByUID, UID uint32
	Flags      uint32
}

// textSize is the program's TEXT_SIZE.
const textSize = 256

// Kinds of text, as in the program.
const (
	textPath = iota
	textDir
)

// event is the program's struct event.
type event struct {
	Time          uint64
	PID, TID, UID uint32
	Ret           int32
	Dir           int32
	Flags, Mode   uint32
	Kind          uint32
	Last, Cut     uint32
	Size          int32
	Comm          bccgo.Comm
	Text          [textSize]byte
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: toolkit.Syscalls{Calls: []string{"open", "openat", "openat2"}}}
	return &toolkit.Tool{
		Name:        "opensnoop",
		Usage:       "trace files as they are opened",
		Description: "Prints a line for each open: the process, the file descriptor or the error, and\nthe path.",
		Examples: []string{
			"opensnoop -x                   # only those that fail",
			"opensnoop -e -f O_WRONLY       # those for writing, with flags and mode",
			"opensnoop -F --exec make all   # those of a command, with full paths",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the seconds since the first line", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "print-uid", Aliases: []string{"U"}, Usage: "print the user id", Destination: &o.printUID},
		&cli.BoolFlag{Name: "failed", Aliases: []string{"x"}, Usage: "only calls that fail", Destination: &o.failed},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		&cli.UintFlag{Name: "tid", Aliases: []string{"t"}, Usage: "only thread `TID`", Destination: &o.tid},
		&cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only this `USER`, by number or name", Destination: &o.user},
		&cli.StringFlag{Name: "name", Aliases: []string{"n"}, Usage: "only process names with `NAME` in them", Destination: &o.name},
		&cli.BoolFlag{Name: "extended_fields", Aliases: []string{"e"}, Usage: "print the flags and the mode, in octal", Destination: &o.extended},
		&cli.StringSliceFlag{Name: "flag_filter", Aliases: []string{"f"}, Usage: "only calls with `FLAG`, such as O_WRONLY; several mean any of them", Destination: &o.flagFilter},
		&cli.BoolFlag{Name: "full-path", Aliases: []string{"F"}, Usage: "put the directory before a relative path", Destination: &o.fullPath},
		&cli.IntFlag{Name: "buffer-pages", Aliases: []string{"b"}, Value: 64, Usage: "`PAGES` of buffer for each processor, a power of two", Destination: &o.pages},
		&cli.BoolFlag{Name: "exec", Usage: "run the command that follows, trace it and end with it", Destination: &o.exec},
	}
	return append(append(own, o.containers.Flags()...), o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(toolkit.ContainersC+toolkit.MissedC+program, start.defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.ContainersC+toolkit.MissedC+program, &bccgo.Options{Defines: start.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{
		Pages: o.pages, OnLost: s.Losses.Add,
		Immediate: o.fullPath && !start.walks, // the sooner /proc is read, the better
	})
	if err := o.probes.Attach(s, m); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if ctx, err = o.begin(ctx, s, m, start.config); err != nil {
		return err
	}
	p := o.printer(s, start.walks)
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	if err := p.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
