// Filetop shows the files that are read and written most, anew every interval.
package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// program counts reads and writes, as asked for, by thread and file. Its two tables
// take turns, so that one is read when nothing is added to it any more.
const program = `
struct use {
	u64 inode;
	u32 device;
	u32 tid;
	char comm[TASK_COMM_LEN];
};

struct amounts {
	u64 reads, writes;
	u64 read_bytes, written_bytes;
	u32 pid;
	u32 mode;
	char name[NAME_SIZE];
};

BPF_HASH(first, struct use, struct amounts);
BPF_HASH(second, struct use, struct amounts);
BPF_ARRAY(turn, u32, 1);

static inline u32 device_of(struct inode *inode)
{
	struct super_block *sb = NULL;
	dev_t device = 0;

	bpf_probe_read_kernel(&sb, sizeof(sb), &inode->i_sb);
	bpf_probe_read_kernel(&device, sizeof(device), &sb->s_dev);
	return device;
}

#ifdef DEPTH
/* Whether the file lies in the directory or below it. */
static inline int is_inside(struct config *c, struct file *file)
{
	struct dentry *dentry = NULL, *parent = NULL;
	struct inode *inode = NULL;
	unsigned long number = 0;
	int i;

	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	if (device_of(inode) != c->device)
		return 0;
	bpf_probe_read_kernel(&dentry, sizeof(dentry), &file->f_path.dentry);
#pragma unroll
	for (i = 0; i < DEPTH; i++) {
		bpf_probe_read_kernel(&parent, sizeof(parent), &dentry->d_parent);
		if (parent == dentry)
			return 0;
		bpf_probe_read_kernel(&inode, sizeof(inode), &parent->d_inode);
		bpf_probe_read_kernel(&number, sizeof(number), &inode->i_ino);
		if (number == c->directory)
			return 1;
		dentry = parent;
	}
	return 0;
}
#endif

static inline struct amounts *find(u32 which, struct use *use)
{
	return which ? second.lookup(use) : first.lookup(use);
}

static inline struct amounts *add(u32 which, struct use *use, struct file *file)
{
	struct amounts none = {.pid = bpf_get_current_pid_tgid() >> 32};

	none.mode = mode_of(file);
	name_of(file, none.name);
	return which ? second.lookup_or_try_init(use, &none) : first.lookup_or_try_init(use, &none);
}

static inline void io_began(struct config *c, struct file *file, u64 size, int write)
{
	struct use use = {.tid = bpf_get_current_pid_tgid()};
	struct inode *inode = NULL;
	struct amounts *a;
	int zero = 0;
	u32 which, *t = turn.lookup(&zero);

	if (!t)
		return;
#ifdef DEPTH
	if (!is_inside(c, file))
		return;
#endif
	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	bpf_probe_read_kernel(&use.inode, sizeof(inode->i_ino), &inode->i_ino);
	use.device = device_of(inode);
	bpf_get_current_comm(&use.comm, sizeof(use.comm));
	which = *t;
	a = find(which, &use);
	if (!a)
		a = add(which, &use, file);
	if (!a) {
		miss(MISSED_CALLS);
		return;
	}
	/* The thread is here only once, so nobody else adds to its amounts. */
	if (write) {
		a->writes++;
		a->written_bytes += size;
	} else {
		a->reads++;
		a->read_bytes += size;
	}
}
`

// use is the program's struct use, amounts its struct amounts.
type (
	use struct {
		Inode       uint64
		Device, TID uint32
		Comm        bccgo.Comm
	}
	amounts struct {
		Reads, Writes           uint64
		ReadBytes, WrittenBytes uint64
		PID, Mode               uint32
		Name                    [256]byte
	}
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "filetop",
		Usage: "show the files that are read and written most",
		Description: "Shows every interval (in seconds, 1 by default), count times, which threads read and\n" +
			"wrote which files most.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"filetop               # every second, until Ctrl-C",
			"filetop -C -s reads 5 # by reads, every five seconds, without clearing the screen",
			"filetop -d /var/log   # files in a directory and below",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "all-files", Aliases: []string{"a"}, Usage: "also what is not a regular file, such as a FIFO or a terminal", Destination: &o.all},
		&cli.StringFlag{Name: "sort", Aliases: []string{"s"}, Value: "all", Usage: "sort by `COLUMN`: reads, writes, rbytes, wbytes, or all", Destination: &o.sort},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "only files in `DIRECTORY` and below, up to " + maxDepth + " levels, of its file system", Destination: &o.directory},
		&cli.BoolFlag{Name: "read-only", Usage: "only reads", Destination: &o.readOnly},
		&cli.BoolFlag{Name: "write-only", Usage: "only writes", Destination: &o.writeOnly},
	}
	return append(append(own, o.Flags()...), o.io.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "reads and writes"
	conf, defines, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + fsops.NameC + fsops.IOC + program
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.io.Attach(s, m); err != nil {
		return err
	}
	c, err := newCounter(m)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	err = o.Run(ctx, s, c.tables(o))
	return errors.Join(err, s.Losses.Finish(m))
}
