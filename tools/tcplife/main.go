// Tcplife prints a line for each TCP connection that ends: whose it was, both ends,
// how much went each way and how long it lasted.
package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A connection lasts from when it is established, or tried to be, until its socket
// is closed. By then the kernel's own work may be all that is left of it, so that
// its process is the one that called connect, accept or close for it last.
const program = `
#include <linux/tcp.h>

struct session {
	u64 born;	/* ns; 0 until it is known */
	u32 owned;	/* whether the task is known */
	struct task task;
};

struct event {
	u64 time;
	u64 lasted;	/* ns */
	u64 tx, rx;	/* bytes */
	struct ends ends;
	struct task task;
	u32 owned;
};

BPF_HASH(sessions, struct sock *, struct session, 65536);

static inline void own(struct session *s)
{
	s->owned = 1;
	set_task(&s->task);
}

static inline void live(struct change *c, struct session *s)
{
	struct session new = {};

	if (!s) {
		if (c->to >= TCP_FIN_WAIT1)
			return;
		new.born = bpf_ktime_get_ns();
		if (c->to == TCP_SYN_SENT)
			own(&new);
		if (sessions.update(&c->sk, &new))
			miss(MISSED_CALLS);
		return;
	}
	if (c->to < TCP_FIN_WAIT1)
		s->born = bpf_ktime_get_ns();
	/* These come of system calls, the others of packets as well. */
	if (c->to == TCP_LAST_ACK || (c->to == TCP_FIN_WAIT1 && !s->owned))
		own(s);
}

/* Whoever closes a socket without more ado is its owner; a packet leaves an error. */
static inline int closed_by_task(struct sock *sk)
{
	int error = 0;

	bpf_probe_read_kernel(&error, sizeof(error), &sk->sk_err);
	return !error;
}

static inline void end(void *ctx, struct change *c, struct session *s)
{
	struct config *config = wanted();
	struct tcp_sock *tp = (struct tcp_sock *)c->sk;
	struct event ev = {};

	if (!config || !wanted_ends(&c->ends))
		return;
	if (!s->owned && closed_by_task(c->sk))
		own(s);
	if (config->pid && !(s->owned && s->task.pid == config->pid))
		return;
	ev.time = bpf_ktime_get_ns();
	ev.lasted = ev.time - s->born;
	ev.ends = c->ends;
	ev.task = s->task;
	ev.owned = s->owned;
	bpf_probe_read_kernel(&ev.tx, sizeof(ev.tx), &tp->bytes_acked);
	bpf_probe_read_kernel(&ev.rx, sizeof(ev.rx), &tp->bytes_received);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}

static inline int changed(void *ctx, struct change *c)
{
	struct session *s = sessions.lookup(&c->sk);

	if (c->to != TCP_CLOSE) {
		live(c, s);
	} else if (s) {
		end(ctx, c, s);
		sessions.delete(&c->sk);
	}
	return 0;
}

static inline int accepted(void *ctx, struct sock *sk)
{
	struct session *s = sessions.lookup(&sk);

	if (s && !s->owned)
		own(s);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time   uint64
	Lasted uint64
	Tx, Rx uint64
	Ends   inet.Ends
	Task   inet.Task
	Owned  uint32
}

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct {
	stamps    inet.Stamps
	wide, csv bool
	pid       uint
	filter    inet.Filter
	hooks     inet.Hooks
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcplife",
		Usage:       "trace TCP connections as they end",
		Description: "Prints a line for each connection that ends: its process, both ends, how much was\nsent and received, and how long it lasted.",
		Examples: []string{
			"tcplife -L 22,80     # connections to these ports of this machine",
			"tcplife -D 443 -w    # to port 443 of others, in columns that fit IPv6",
			"tcplife -stT         # comma separated values, with both times",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return slices.Concat(o.stamps.Flags(), []cli.Flag{
		&cli.BoolFlag{Name: "wide", Aliases: []string{"w"}, Usage: "print wide columns, which fit IPv6", Destination: &o.wide},
		&cli.BoolFlag{Name: "csv", Aliases: []string{"s"}, Usage: "print comma separated values", Destination: &o.csv},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		o.filter.LocalPortsFlag("localport", "L"), o.filter.RemotePortsFlag("remoteport", "D"),
	}, o.filter.FamilyFlags(), o.hooks.Flags())
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "connections"
	if err := cmp.Or(toolkit.CheckPID(o.pid), o.filter.Check(), inet.NeedOwnHeaders(s)); err != nil {
		return err
	}
	table := o.table(s)
	trace := &inet.Trace[event]{
		Text: program, Defines: map[string]string{}, Config: inet.Config{PID: uint32(o.pid)}, Filter: &o.filter, Hooks: &o.hooks,
		Heading: table.Heading, Event: func(ev *event) error { return table.Row(ev.connection()) },
	}
	if err := o.hooks.States(s, trace.Defines); err != nil {
		return err
	}
	if err := o.hooks.Accepts(s, trace.Defines); err != nil {
		s.Warnf("the process of a connection is the one that closes it: %v", err)
	}
	return trace.Run(ctx, s)
}
