// Tcptop shows which connections of TCP move the most bytes, anew every second.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/tcpbytes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;	/* 0 for all */
};

/* Who uses which connection. */
struct user {
	struct ends ends;
	u32 pid;
	char comm[TASK_COMM_LEN];
};

struct moved {
	u64 received;
	u64 sent;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(users, struct user, struct moved, 10240);

static inline void bytes_moved(struct sock *sk, int received, int n)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct user user = {.pid = pid};
	struct moved none = {}, *moved;

	if (!c || !c->on || c->pid && c->pid != pid || filtered_out())
		return;
	read_sock(&user.ends, sk);
	if (!wanted_ends(&user.ends))
		return;
	bpf_get_current_comm(&user.comm, sizeof(user.comm));
	moved = users.lookup_or_try_init(&user, &none);
	if (!moved)
		miss(MISSED_CALLS);
	else if (received)
		lock_xadd(&moved->received, n);
	else
		lock_xadd(&moved->sent, n);
}
`

// config is the program's struct config.
type config struct{ On, PID uint32 }

// user is the program's struct user.
type user struct {
	Ends inet.Ends
	PID  uint32
	Comm bccgo.Comm
}

// moved is the program's struct moved.
type moved struct{ Received, Sent uint64 }

// options are the flags and arguments.
type options struct {
	pid        uint
	filter     inet.Filter
	containers toolkit.Containers
	screen     screen.Options
	probes     tcpbytes.Probes
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "tcptop",
		Usage: "show the connections of TCP that move the most bytes",
		Description: "Shows which processes send and receive how much by which connections, every\n" +
			"interval (in seconds, 1 by default), count times.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"tcptop                 # every second, on a cleared screen",
			"tcptop -C 5 12         # for a minute, one block below the other",
			"tcptop -p 4711 -4      # of one process, over IPv4",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		o.screen.ClearFlag(),
		&cli.BoolFlag{Name: "nosummary", Aliases: []string{"S"}, Usage: "leave out the line with the time and the load", Destination: &o.screen.NoSummary},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
	}
	own = append(append(own, o.filter.FamilyFlags()...), o.containers.Flags()...)
	return append(own, o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "transfers"
	defines := map[string]string{}
	if err := o.prepare(s, defines); err != nil {
		return err
	}
	const text = toolkit.ContainersC + toolkit.MissedC + inet.EndsC + inet.FilterC + program + tcpbytes.C
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.probes.Attach(s, m); err != nil {
		return err
	}
	counter, err := newCounter(m)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{1, uint32(o.pid)}); err != nil {
		return err
	}
	if err := o.screen.Run(ctx, s, counter.tables); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// prepare checks the flags and turns them into defines.
func (o *options) prepare(s *toolkit.Session, defines map[string]string) error {
	if err := o.filter.Check(); err != nil {
		return err
	}
	if err := o.screen.Parse(s.Args); err != nil {
		return err
	}
	if err := toolkit.CheckPID(o.pid); err != nil {
		return err
	}
	o.filter.Define(defines)
	// Without the running kernel's headers the probes are refused, too.
	if err := o.containers.Define(defines, true); err != nil {
		return err
	}
	return o.probes.Define(s, defines)
}
