// Solisten prints every socket of IPv4 or IPv6 that starts to listen.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A socket is looked into when the call has returned: by then it has a port, even if
// it was not bound before, and the backlog that the kernel allows. One of several
// connections in one (MPTCP) has no backlog of its own.
const program = `
#include <net/net_namespace.h>

struct config {
	u32 netns;
	u32 unused;
};

struct call {
	u32 fd;
	u32 backlog;
};

struct event {
	struct who who;
	struct bound bound;
	u32 netns;
	u32 backlog;
	u16 protocol;
	u16 unused;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, u64, struct call);

static inline int enter(u32 fd, u32 backlog)
{
	struct call call = {.fd = fd, .backlog = backlog};
	u64 id = bpf_get_current_pid_tgid();

	if (task_wanted() && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

static inline u32 netns_of(struct inet_sock *socket)
{
#ifdef CONFIG_NET_NS
	struct net *net = socket->sk.__sk_common.skc_net.net;
	u32 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &net->ns.inum);
	return number;
#else
	return 0;
#endif
}

static inline int leave(void *ctx, s32 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *known = calls.lookup(&id), call;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {};
	struct inet_sock *socket;

	if (!known || !c)
		return 0;
	call = *known;
	calls.delete(&id);
	if (ret)
		return 0;
	socket = copy_socket(sock_of_fd(call.fd));
	if (!socket)
		return 0;
	ev.netns = netns_of(socket);
	if (c->netns && c->netns != ev.netns)
		return 0;
	sign(&ev.who);
	read_bound(&ev.bound, socket);
	ev.backlog = socket->sk.sk_max_ack_backlog;
	if (!ev.backlog)
		ev.backlog = call.backlog;
	ev.protocol = socket->sk.sk_protocol;
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}

#ifdef TRACE_LISTEN
TRACEPOINT_PROBE(syscalls, sys_enter_listen)
{
	return enter(args->fd, args->backlog);
}

TRACEPOINT_PROBE(syscalls, sys_exit_listen)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_LISTEN
int syscall__listen(struct pt_regs *ctx, int fd, int backlog)
{
	return enter(fd, backlog);
}

int return_listen(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// text is the program with what it is built on.
const text = toolkit.MissedC + snoop.TasksC + inet.SocketC + program

// config is the program's struct config.
type config struct{ NetNS, Unused uint32 }

// event is the program's struct event.
type event struct {
	Who              snoop.Who
	Bound            inet.Bound
	NetNS            uint32
	Backlog          uint32
	Protocol, Unused uint16
}

// options are the flags.
type options struct {
	showNetNS bool
	netns     uint
	tasks     snoop.Tasks
	probes    toolkit.Syscalls
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: toolkit.Syscalls{Calls: []string{"listen"}}}
	return &toolkit.Tool{
		Name:        "solisten",
		Usage:       "trace sockets that start to listen",
		Description: "Prints a line for each socket of IPv4 and IPv6 that starts to listen: the process,\nthe protocol, how many connections may wait, the port and the address.",
		Examples: []string{
			"solisten -p 1234             # only one process",
			"solisten --netns 4026531840  # only one network namespace",
			"solisten --show-netns        # with the namespace, which tells containers apart",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "show-netns", Usage: "print the number of the network namespace", Destination: &o.showNetNS},
		o.tasks.PIDFlag(),
		&cli.UintFlag{Name: "netns", Aliases: []string{"n"}, Usage: "only the network namespace with this `NUMBER`, which readlink /proc/PID/ns/net shows", Destination: &o.netns},
	}
	return append(own, o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	defines, err := o.prepare(s)
	if err != nil {
		return err
	}
	p := o.printer(s)
	t := snoop.Trace[event]{
		Text: text, Defines: defines,
		Attach: func(m *bccgo.Module) error { return o.probes.Attach(s, m) },
		Begin: func(m *bccgo.Module) error {
			if err := toolkit.Configure(m, config{NetNS: uint32(o.netns)}); err != nil {
				return err
			}
			return o.tasks.Begin(m)
		},
		Heading: p.heading, Record: p.record,
	}
	return t.Run(ctx, s)
}
