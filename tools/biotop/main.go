// Biotop shows the processes that have disks do the most.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
/* A row: a process, an operation and a disk. */
struct user {
	u64 disk;
	u32 pid;
	u32 op;
	char comm[TASK_COMM_LEN];
};

struct usage {
	u64 requests;
	u64 bytes;
	u64 ns;
};

BPF_HASH(usages, struct user, struct usage, 10240);

static inline void ended(void *ctx, struct io *io, u64 disk, u64 flags, u64 now)
{
	struct user user = {.disk = disk, .pid = io->pid, .op = op_of(flags)};
	struct usage none = {}, *usage;

	if (!wanted_owner(io->pid))
		return;
	__builtin_memcpy(&user.comm, &io->comm, sizeof(user.comm));
	usage = usages.lookup_or_try_init(&user, &none);
	if (!usage) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(&usage->requests, 1);
	lock_xadd(&usage->bytes, io->bytes);
	lock_xadd(&usage->ns, now - io->begin);
}
`

// user is the program's struct user, usage its struct usage.
type (
	user struct {
		Disk    uint64
		PID, Op uint32
		Comm    bccgo.Comm
	}
	usage struct{ Requests, Bytes, Ns uint64 }
)

// options are the flags and arguments.
type options struct {
	pid    uint
	screen screen.Options
	follow blockio.Options
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	flags := append(o.screen.Flags(),
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", DefaultText: "all", Destination: &o.pid})
	return &toolkit.Tool{
		Name:  "biotop",
		Usage: "show which processes make disks work the most",
		Description: "Shows a table every interval (1 s), count times: the processes that made requests\n" +
			"of disks, those with the most bytes first.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"biotop               # every second",
			"biotop -C 5 10       # every 5 seconds, 10 times, one below the other",
			"biotop -p 181        # of one process",
		},
		Flags: append(flags, o.follow.Flags()...),
		Run:   o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "requests"
	if err := o.screen.Parse(s.Args); err != nil {
		return err
	}
	if err := o.checkPID(); err != nil {
		return err
	}
	plan, err := o.follow.Plan(s, "", blockio.Want{Disk: true, Owner: true})
	if err != nil {
		return err
	}
	plan.Config.PID = toolkit.KernelPID(int(o.pid))
	const text = toolkit.MissedC + blockio.WithOwnerC + blockio.TypesC + program + blockio.FollowC
	if s.EBPF {
		return s.PrintC(text, plan.Defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: plan.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	usages, err := toolkit.NewFresh[user](m, "usages", usage.minus)
	if err != nil {
		return err
	}
	disks := blockio.NewDisks("/")
	if err := plan.Attach(s, m); err != nil {
		return err
	}
	err = o.screen.Run(ctx, s, func(now time.Time) ([]screen.Table, error) {
		fresh, err := usages.Next()
		return table(now, fresh, disks), err
	})
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// checkPID refuses a process that is not there, or that the program cannot know.
func (o *options) checkPID() error {
	if o.pid != 0 && toolkit.KernelPID(int(o.pid)) == 0 {
		return errors.New("--pid: in a PID namespace of its own the tool cannot tell which process the kernel means; run it outside")
	}
	return toolkit.CheckPID(o.pid)
}
