// Tcpaccept prints every TCP connection that a process here accepts: who, from
// where and to where.
package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct event {
	u64 time;
	struct task task;
	struct ends ends;
};

static inline int accepted(void *ctx, struct sock *sk)
{
	struct event ev = {};

	if (!wanted_task())
		return 0;
	read_sock(&ev.ends, sk);
	if (!wanted_ends(&ev.ends))
		return 0;
	ev.time = bpf_ktime_get_ns();
	set_task(&ev.task);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time uint64
	Task inet.Task
	Ends inet.Ends
}

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct {
	stamps     inet.Stamps
	pid        uint
	filter     inet.Filter
	containers toolkit.Containers
	hooks      inet.Hooks
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcpaccept",
		Usage:       "trace TCP connections as they are accepted",
		Description: "Prints a line for each connection that a process accepts: the process, and both\nends of the connection.",
		Examples: []string{
			"tcpaccept -P 80,443     # connections to these ports of this machine",
			"tcpaccept -T -p 181     # those of one process, with the time of day",
			"tcpaccept -6 --json     # over IPv6, as JSON",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return slices.Concat(o.stamps.Flags(), []cli.Flag{
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		o.filter.LocalPortsFlag("port", "P"),
	}, o.filter.FamilyFlags(), o.containers.Flags(), o.hooks.Flags())
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "accepted connections"
	if err := cmp.Or(toolkit.CheckPID(o.pid), o.filter.Check()); err != nil {
		return err
	}
	table := o.table(s)
	trace := &inet.Trace[event]{
		Text: program, Defines: map[string]string{}, Config: inet.Config{PID: uint32(o.pid)}, Filter: &o.filter, Hooks: &o.hooks,
		Heading: table.Heading, Event: func(ev *event) error { return table.Row(ev.connection()) },
	}
	if err := o.hooks.Accepts(s, trace.Defines); err != nil {
		return err
	}
	if err := o.containers.Define(trace.Defines, true); err != nil {
		return err
	}
	return trace.Run(ctx, s)
}
