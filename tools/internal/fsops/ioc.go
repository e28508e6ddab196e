package fsops

// IOC calls io_began(c, file, size, write) in the program behind it for each read and
// write that is wanted, c being the settings, and with the macro RETURNS also
// io_ended(ctx, write, result).
//
// It traces either the calls read, pread64, write and pwrite64, whose tracepoints
// name the file by its descriptor, or the functions that do them.
const IOC = `
struct config {
	u64 least;	/* in nanoseconds: what takes less does not count */
	u64 directory;	/* its inode's number, if only one is wanted */
	u32 on;		/* 0 until the rest is set */
	u32 pid;
	u32 all;	/* whether files that are not regular count, too */
	u32 device;	/* of the directory */
};

BPF_ARRAY(settings, struct config, 1);

static inline struct config *wanted_settings(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || (c->pid && c->pid != bpf_get_current_pid_tgid() >> 32))
		return NULL;
	return c;
}

static inline void io_began(struct config *c, struct file *file, u64 size, int write);
#ifdef RETURNS
static inline void io_ended(void *ctx, int write, s64 result);
#endif

static inline umode_t mode_of(struct file *file)
{
	struct inode *inode = NULL;
	umode_t mode = 0;

	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	bpf_probe_read_kernel(&mode, sizeof(mode), &inode->i_mode);
	return mode;
}

/* Pipes and sockets have no names, and do not count. */
static inline int has_name(struct file *file)
{
	struct dentry *dentry = NULL;
	u32 length = 0;

	bpf_probe_read_kernel(&dentry, sizeof(dentry), &file->f_path.dentry);
	bpf_probe_read_kernel(&length, sizeof(length), &dentry->d_name.len);
	return length > 0;
}

static inline int enter(struct file *file, u64 size, int write)
{
	struct config *c = wanted_settings();

	if (!c || !file)
		return 0;
	if ((c->all || S_ISREG(mode_of(file))) && has_name(file))
		io_began(c, file, size, write);
	return 0;
}

#ifdef RETURNS
static inline int leave(void *ctx, s64 result, int write)
{
	if (wanted_settings())
		io_ended(ctx, write, result);
	return 0;
}
#endif

#ifdef BY_CALL
#include <linux/fdtable.h>

static inline int enter_fd(u32 fd, u64 size, int write)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *files = NULL;
	struct fdtable *table = NULL;
	struct file **slots = NULL, *file = NULL;
	u32 slots_there = 0;

	if (!wanted_settings())
		return 0;
	bpf_probe_read_kernel(&files, sizeof(files), &task->files);
	bpf_probe_read_kernel(&table, sizeof(table), &files->fdt);
	bpf_probe_read_kernel(&slots_there, sizeof(slots_there), &table->max_fds);
	if (fd >= slots_there)
		return 0;
	bpf_probe_read_kernel(&slots, sizeof(slots), &table->fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return enter(file, size, write);
}

#ifdef TRACE_READ
TRACEPOINT_PROBE(syscalls, sys_enter_read)
{
	return enter_fd(args->fd, args->count, 0);
}

TRACEPOINT_PROBE(syscalls, sys_enter_pread64)
{
	return enter_fd(args->fd, args->count, 0);
}

#ifdef RETURNS
TRACEPOINT_PROBE(syscalls, sys_exit_read)
{
	return leave(args, args->ret, 0);
}

TRACEPOINT_PROBE(syscalls, sys_exit_pread64)
{
	return leave(args, args->ret, 0);
}
#endif
#endif

#ifdef TRACE_WRITE
TRACEPOINT_PROBE(syscalls, sys_enter_write)
{
	return enter_fd(args->fd, args->count, 1);
}

TRACEPOINT_PROBE(syscalls, sys_enter_pwrite64)
{
	return enter_fd(args->fd, args->count, 1);
}

#ifdef RETURNS
TRACEPOINT_PROBE(syscalls, sys_exit_write)
{
	return leave(args, args->ret, 1);
}

TRACEPOINT_PROBE(syscalls, sys_exit_pwrite64)
{
	return leave(args, args->ret, 1);
}
#endif
#endif
#else
int enter_read(struct pt_regs *ctx, struct file *file, char *buf, size_t count)
{
	return enter(file, count, 0);
}

int enter_write(struct pt_regs *ctx, struct file *file, char *buf, size_t count)
{
	return enter(file, count, 1);
}

#ifdef RETURNS
int return_read(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx), 0);
}

int return_write(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx), 1);
}
#endif
#endif
`
