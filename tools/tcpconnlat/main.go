// Tcpconnlat prints how long TCP connections take to be established: from the first
// packet that is sent until the answer arrives.
package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The answer is a packet that establishes the connection or refuses it. A connection
// that is given up has none.
const program = `
#include <linux/errno.h>

struct begin {
	u64 time;
	struct task task;
};

struct event {
	u64 time;
	u64 latency;	/* ns */
	struct ends ends;
	struct task task;
	u32 refused;
};

BPF_HASH(begun, struct sock *, struct begin, 65536);

static inline void begin(struct sock *sk)
{
	struct begin b = {};

	if (!wanted_task())
		return;
	b.time = bpf_ktime_get_ns();
	set_task(&b.task);
	if (begun.update(&sk, &b))
		miss(MISSED_CALLS);
}

static inline int was_refused(struct sock *sk)
{
	int error = 0;

	bpf_probe_read_kernel(&error, sizeof(error), &sk->sk_err);
	return error == ECONNREFUSED;
}

static inline void answer(void *ctx, struct change *c, struct begin *b)
{
	struct config *config = wanted();
	struct event ev = {};

	ev.refused = c->to == TCP_CLOSE;
	if (!config || (ev.refused && !was_refused(c->sk)) || !wanted_ends(&c->ends))
		return;
	ev.time = bpf_ktime_get_ns();
	ev.latency = ev.time - b->time;
	if (ev.latency < config->least)
		return;
	ev.ends = c->ends;
	ev.task = b->task;
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}

static inline int changed(void *ctx, struct change *c)
{
	struct begin *b;

	if (c->to == TCP_SYN_SENT)
		begin(c->sk);
	if (c->from != TCP_SYN_SENT)
		return 0;
	b = begun.lookup(&c->sk);
	if (!b)
		return 0;
	answer(ctx, c, b);
	begun.delete(&c->sk);
	return 0;
}
`

// event is the program's struct event.
type event struct {
	Time, Latency uint64
	Ends          inet.Ends
	Task          inet.Task
	Refused       uint32
}

func main() { toolkit.Main(tool()) }

// options are the flags and the argument.
type options struct {
	stamps inet.Stamps
	pid    uint
	lport  bool
	least  time.Duration
	filter inet.Filter
	hooks  inet.Hooks
}

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcpconnlat",
		Usage:       "trace how long TCP connections take to be established",
		Description: "Prints a line for each connection that is answered: the process, both ends, and the\ntime from the first packet to the answer. With an argument, only those that take so\nmany milliseconds or more.",
		MaxArgs:     1, ArgsUsage: "[duration_ms]",
		Examples: []string{
			"tcpconnlat 50           # connections that take 50 ms or more",
			"tcpconnlat -t -p 181    # those of one process, with the time",
			"tcpconnlat -L -4        # over IPv4, with the local port",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		o.stamps.SecondsFlag(),
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		&cli.BoolFlag{Name: "lport", Aliases: []string{"L"}, Usage: "print the local port", Destination: &o.lport},
	}, o.filter.FamilyFlags(), o.hooks.Flags())
}

// parse reads the argument.
func (o *options) parse(args []string) error {
	if len(args) == 0 {
		return nil
	}
	ms, err := strconv.ParseFloat(args[0], 64)
	if err != nil || !(ms > 0) || ms > math.MaxInt32 {
		return fmt.Errorf("duration %q: want a number of milliseconds above 0", args[0])
	}
	o.least = time.Duration(ms * float64(time.Millisecond))
	return nil
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "connections"
	if err := cmp.Or(o.parse(s.Args), toolkit.CheckPID(o.pid), o.filter.Check(), inet.NeedOwnHeaders(s)); err != nil {
		return err
	}
	table := o.table(s)
	trace := &inet.Trace[event]{
		Text: program, Defines: map[string]string{}, Config: inet.Config{PID: uint32(o.pid), Least: uint64(o.least)},
		Filter: &o.filter, Hooks: &o.hooks,
		Heading: table.Heading, Event: func(ev *event) error { return table.Row(ev.connection()) },
	}
	if err := o.hooks.States(s, trace.Defines); err != nil {
		return err
	}
	return trace.Run(ctx, s)
}
