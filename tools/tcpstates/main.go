// Tcpstates prints each change of the state of TCP connections, and how long they
// were in the state before.
package main

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct event {
	u64 time;
	u64 lasted;	/* ns in the state before, 0 if its beginning was not seen */
	u64 sk;
	u32 from, to;
	struct ends ends;
	struct task task;
};

/* When sockets came into their states. */
BPF_HASH(since, struct sock *, u64, 65536);

static inline int changed(void *ctx, struct change *c)
{
	u64 now = bpf_ktime_get_ns(), *began;
	struct event ev = {};

	if (!wanted() || !wanted_ends(&c->ends))
		return 0;
	began = since.lookup(&c->sk);
	if (began)
		ev.lasted = now - *began;
	ev.time = now;
	ev.sk = (u64)c->sk;
	ev.from = c->from;
	ev.to = c->to;
	ev.ends = c->ends;
	set_task(&ev.task);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	if (c->to == TCP_CLOSE)
		since.delete(&c->sk);
	else if (since.update(&c->sk, &now))
		miss(MISSED_CALLS);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time, Lasted uint64
	Sk           uint64
	From, To     uint32
	Ends         inet.Ends
	Task         inet.Task
}

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct {
	stamps             inet.Stamps
	wide, csv, journal bool
	filter             inet.Filter
	hooks              inet.Hooks
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcpstates",
		Usage:       "trace changes of TCP connections' states",
		Description: "Prints a line for each change of a connection's state: both ends, the states, and\nhow long it was in the one before.",
		Examples: []string{
			"tcpstates -L 80       # connections to port 80 of this machine",
			"tcpstates -T -w       # with the time of day, in columns that fit IPv6",
			"tcpstates -Y -D 443   # to port 443 of others, to the systemd journal as well",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return slices.Concat(o.stamps.Flags(), []cli.Flag{
		&cli.BoolFlag{Name: "wide", Aliases: []string{"w"}, Usage: "print wide columns, which fit IPv6", Destination: &o.wide},
		&cli.BoolFlag{Name: "csv", Aliases: []string{"s"}, Usage: "print comma separated values", Destination: &o.csv},
		o.filter.LocalPortsFlag("localport", "L"), o.filter.RemotePortsFlag("remoteport", "D"),
		&cli.BoolFlag{Name: "journal", Aliases: []string{"Y"}, Usage: "write the changes to the systemd journal as well", Destination: &o.journal},
	}, o.filter.FamilyFlags(), o.hooks.Flags())
}

func (o *options) run(ctx context.Context, s *toolkit.Session) (err error) {
	s.Losses.What = "beginnings of states"
	if err := o.filter.Check(); err != nil {
		return err
	}
	table := o.table(s)
	show := table.Row
	if o.journal {
		j, failed := openJournal(journalSocket)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, j.Close()) }()
		show = func(c *change) error { return cmp.Or(table.Row(c), j.write(c)) }
	}
	trace := &inet.Trace[event]{
		Text: program, Defines: map[string]string{}, Filter: &o.filter, Hooks: &o.hooks,
		Heading: table.Heading, Event: func(ev *event) error { return show(ev.change()) },
	}
	if err := o.hooks.States(s, trace.Defines); err != nil {
		return err
	}
	return trace.Run(ctx, s)
}
