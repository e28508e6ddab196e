// Tcptracer prints TCP connections that processes here open, accept and close.
package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A connection is opened when it is established; it is its opener's, who may sleep
// by then. It is closed when its process ends what it sends, or all of it.
const program = `
#include <net/net_namespace.h>

enum { CONNECT, ACCEPT, CLOSE };

struct event {
	u64 time;
	u32 kind;
	u32 netns;
	struct ends ends;
	struct task task;
};

BPF_HASH(openers, struct sock *, struct task, 65536);

static inline u32 netns_of(struct sock *sk)
{
	struct net *net = NULL;
	u32 inum = 0;

#ifdef CONFIG_NET_NS
	bpf_probe_read_kernel(&net, sizeof(net), &sk->__sk_common.skc_net.net);
	bpf_probe_read_kernel(&inum, sizeof(inum), &net->ns.inum);
#endif
	return inum;
}

static inline void report(void *ctx, struct event *ev, struct sock *sk)
{
	struct config *config = wanted();

	if (!config || !wanted_ends(&ev->ends))
		return;
	ev->netns = netns_of(sk);
	if (config->netns && config->netns != ev->netns)
		return;
	ev->time = bpf_ktime_get_ns();
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}

static inline void opening(struct sock *sk)
{
	struct task task = {};

	if (!wanted_task())
		return;
	set_task(&task);
	if (openers.update(&sk, &task))
		miss(MISSED_CALLS);
}

static inline void opened_by(void *ctx, struct change *c)
{
	struct event ev = {.kind = CONNECT};
	struct task *task = openers.lookup(&c->sk);

	if (!task)
		return;
	ev.task = *task;
	ev.ends = c->ends;
	openers.delete(&c->sk);
	if (c->to != TCP_CLOSE)
		report(ctx, &ev, c->sk);
}

/* A socket that goes from these states to be closed was not ended by a packet,
 * which leaves an error. */
static inline int closes(struct change *c)
{
	int error = 0;

	if (c->from != TCP_ESTABLISHED && c->from != TCP_CLOSE_WAIT)
		return 0;
	if (c->to == TCP_FIN_WAIT1 || c->to == TCP_LAST_ACK)
		return 1;
	bpf_probe_read_kernel(&error, sizeof(error), &c->sk->sk_err);
	return c->to == TCP_CLOSE && !error;
}

static inline int changed(void *ctx, struct change *c)
{
	struct event ev = {.kind = CLOSE};

	if (c->to == TCP_SYN_SENT) {
		opening(c->sk);
	} else if (c->from == TCP_SYN_SENT) {
		opened_by(ctx, c);
	} else if (closes(c) && wanted_task()) {
		set_task(&ev.task);
		ev.ends = c->ends;
		report(ctx, &ev, c->sk);
	}
	return 0;
}

static inline int accepted(void *ctx, struct sock *sk)
{
	struct event ev = {.kind = ACCEPT};

	if (!wanted_task())
		return 0;
	set_task(&ev.task);
	read_sock(&ev.ends, sk);
	report(ctx, &ev, sk);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time        uint64
	Kind, Netns uint32
	Ends        inet.Ends
	Task        inet.Task
}

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct {
	timestamp, verbose bool
	pid, netns         uint
	filter             inet.Filter
	containers         toolkit.Containers
	hooks              inet.Hooks
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcptracer",
		Usage:       "trace TCP connections as they are opened, accepted and closed",
		Description: "Prints a line for each connection that a process opens (C), accepts (A) or closes (X).",
		Examples: []string{
			"tcptracer -t -p 181             # those of one process, with the time",
			"tcptracer -v                    # with network namespaces",
			"tcptracer -N 4026532266 --json  # those of one network namespace, as JSON",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first line; with -v, nanoseconds", Destination: &o.timestamp},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		&cli.UintFlag{Name: "netns", Aliases: []string{"N"}, Usage: "only the network namespace with this inode `NUMBER`", Destination: &o.netns},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print network namespaces and whole words, and say on standard error which probes were chosen and why", Destination: &o.verbose},
	}, o.filter.FamilyFlags(), o.containers.Flags(), o.hooks.Flags())
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Verbose = o.verbose
	s.Losses.What = "connections"
	if err := cmp.Or(o.check(), toolkit.CheckPID(o.pid), o.filter.Check(), inet.NeedOwnHeaders(s)); err != nil {
		return err
	}
	table := o.table(s)
	trace := &inet.Trace[event]{
		Text: program, Defines: map[string]string{}, Config: inet.Config{PID: uint32(o.pid), Netns: uint32(o.netns)},
		Filter: &o.filter, Hooks: &o.hooks,
		Heading: table.Heading, Event: func(ev *event) error { return table.Row(ev.deed()) },
	}
	if err := cmp.Or(o.hooks.States(s, trace.Defines), o.hooks.Accepts(s, trace.Defines)); err != nil {
		return err
	}
	if err := o.containers.Define(trace.Defines, true); err != nil {
		return err
	}
	return trace.Run(ctx, s)
}

func (o *options) check() error {
	if o.netns > 1<<32-1 {
		return fmt.Errorf("--netns %d: inode numbers of namespaces have 32 bits", o.netns)
	}
	return nil
}
