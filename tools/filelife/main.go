// Filelife prints files that are removed soon after they were made, and how long
// they lived.
package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// program remembers files that an open has made, by what tells them apart as long as
// they exist: a file's place in the kernel's memory is soon another one's.
//
// A removal counts when it has succeeded. Until then it is remembered by its thread,
// as file systems that lie over others remove files within a removal: those inner
// files were not made by an open, and so are not known.
const program = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
};

struct file_id {
	u64 inode;
	u32 device;
	u32 generation;	/* tells the users of an inode's number apart */
};

struct birth {
	u64 time;
	u32 pid;
	u32 unused;
};

struct removal {
	struct file_id id;
	struct birth birth;
	struct dentry *dentry;
};

struct event {
	u64 time;	/* of the removal */
	u64 age;
	u32 pid, creator;
	char comm[TASK_COMM_LEN];
	char name[NAME_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", struct file_id, struct birth, births, 65536);
BPF_HASH(removals, u32, struct removal);
BPF_PERF_OUTPUT(events);

static inline int wanted(u32 pid)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (!c->pid || c->pid == pid);
}

static inline void identify(struct inode *inode, struct file_id *id)
{
	struct super_block *sb = NULL;

	bpf_probe_read_kernel(&id->inode, sizeof(inode->i_ino), &inode->i_ino);
	bpf_probe_read_kernel(&id->generation, sizeof(id->generation), &inode->i_generation);
	bpf_probe_read_kernel(&sb, sizeof(sb), &inode->i_sb);
	bpf_probe_read_kernel(&id->device, sizeof(id->device), &sb->s_dev);
}

#ifdef FMODE_CREATED
static inline int is_new(struct file *file)
{
	fmode_t mode = 0;

	bpf_probe_read_kernel(&mode, sizeof(mode), &file->f_mode);
	return !!(mode & FMODE_CREATED);
}
#else
/* Before Linux 4.19 an opened file does not tell, but this is asked beforehand. */
BPF_HASH(asked, u32, struct dentry *);

int kprobe__security_inode_create(struct pt_regs *ctx, struct inode *dir, struct dentry *dentry)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;

	if (wanted(id >> 32) && asked.update(&tid, &dentry))
		miss(MISSED_CALLS);
	return 0;
}

static inline int is_new(struct file *file)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct dentry **new = asked.lookup(&tid), *dentry = NULL;
	int same;

	if (!new)
		return 0;
	bpf_probe_read_kernel(&dentry, sizeof(dentry), &file->f_path.dentry);
	same = dentry == *new;
	asked.delete(&tid);
	return same;
}
#endif

/* Every way to open a file leads through here. */
int kretprobe__do_filp_open(struct pt_regs *ctx)
{
	struct birth birth = {.pid = bpf_get_current_pid_tgid() >> 32};
	struct file *file = (struct file *)PT_REGS_RC(ctx);
	struct inode *inode = NULL;
	struct file_id id = {};

	if (!wanted(birth.pid) || (unsigned long)file > -4096UL || !is_new(file))
		return 0;
	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	identify(inode, &id);
	birth.time = bpf_ktime_get_ns();
	births.update(&id, &birth);
	return 0;
}

int kprobe__vfs_unlink(struct pt_regs *ctx)
{
	u64 task = bpf_get_current_pid_tgid();
	u32 tid = task, names = 0;
	struct removal r = {.dentry = (struct dentry *)UNLINKED};
	struct inode *inode = NULL;
	struct birth *birth;

	if (!wanted(task >> 32))
		return 0;
	bpf_probe_read_kernel(&inode, sizeof(inode), &r.dentry->d_inode);
	bpf_probe_read_kernel(&names, sizeof(names), &inode->i_nlink);
	identify(inode, &r.id);
	birth = births.lookup(&r.id);
	if (!birth || names > 1)
		return 0;
	r.birth = *birth;
	if (removals.update(&tid, &r))
		miss(MISSED_CALLS);
	return 0;
}

static inline void send(struct pt_regs *ctx, struct removal *r)
{
	struct event ev = {.time = bpf_ktime_get_ns(), .creator = r->birth.pid};
	const unsigned char *name = NULL;

	ev.age = ev.time - r->birth.time;
	ev.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	read_name(r->dentry, ev.name);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}

int kretprobe__vfs_unlink(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct removal *r = removals.lookup(&tid);

	if (!r)
		return 0;
	if ((int)PT_REGS_RC(ctx) == 0) {
		send(ctx, r);
		births.delete(&r->id);
	}
	removals.delete(&tid);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time, Age    uint64
	PID, Creator uint32
	Comm         bccgo.Comm
	Name         [256]byte
}

// config is the program's struct config.
type config struct{ On, PID uint32 }

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct{ pid uint }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "filelife",
		Usage:       "trace files that are removed soon after they were made",
		Description: "Prints a line for each file that is removed and whose making was seen: who removed\nit, and how long it existed.",
		Examples: []string{
			"filelife            # files made and removed from now on",
			"filelife -p 181     # made and removed by one process",
			"filelife --json     # with the process that made them",
		},
		Flags: []cli.Flag{
			&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "removals"
	pid, err := fsops.KernelPID(o.pid)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + fsops.NameC + program
	defines := map[string]string{"UNLINKED": unlinked(s)}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	if err := check(); err != nil {
		return err
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := toolkit.Configure(m, config{On: 1, PID: pid}); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := heading(s); err != nil {
		return err
	}
	s.Notef("tracing")
	err = stream.Each(ctx, func(ev *event) error { return show(s, ev) })
	return errors.Join(err, s.Losses.Finish(m))
}
