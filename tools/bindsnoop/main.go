// Bindsnoop prints every address that a socket of IPv4 or IPv6 is bound to, with the
// options that matter to that.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A socket is looked into when the call has returned: it has the port then that the
// kernel chose. One that could not be bound has nothing, so that what was asked for is
// taken from the call.
const program = `
#include <linux/in6.h>

struct config {
	u32 errors;
	u32 unused;
};

struct call {
	u64 addr;
	u32 addr_size;
	u32 fd;
};

struct event {
	struct who who;
	struct bound bound;
	s32 ret;
	u32 device;	/* the interface's index, 0 for any */
	u16 protocol;
	u16 options;
};

enum {
	FREEBIND = 1,
	TRANSPARENT = 2,
	NO_PORT = 4,
	REUSE_ADDR = 8,
	REUSE_PORT = 16,
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(calls, u64, struct call);

static inline int enter(u32 fd, const void *addr, u32 size)
{
	struct call call = {.addr = (u64)addr, .addr_size = size, .fd = fd};
	u64 id = bpf_get_current_pid_tgid();

	if (task_wanted() && !filtered_out() && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

/* What was asked for, where that is an address of IPv4 or IPv6. */
static inline void read_asked(struct bound *b, struct call *call)
{
	struct sockaddr_in6 in = {};

	b->version = 4;
	if (call->addr_size < sizeof(struct sockaddr_in))
		return;
	bpf_probe_read_user(&in, sizeof(struct sockaddr_in), (void *)call->addr);
	b->port = ntohs(in.sin6_port);
	if (in.sin6_family == AF_INET) {
		__builtin_memcpy(b->addr, &in.sin6_flowinfo, 4);	/* where IPv4 has it */
		return;
	}
	if (in.sin6_family != AF_INET6 || call->addr_size < sizeof(in) - 4)
		return;
	b->version = 6;
	bpf_probe_read_user(b->addr, 16, (void *)call->addr + offsetof(struct sockaddr_in6, sin6_addr));
}

/* Whether one member took the place of many bit-fields. */
#ifndef INET_FLAGS
#define INET_FLAGS (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0))
#endif

static inline u16 options(struct inet_sock *socket)
{
	u16 set = 0;

#if INET_FLAGS
	if (socket->inet_flags & 1UL << INET_FLAGS_FREEBIND)
		set |= FREEBIND;
	if (socket->inet_flags & 1UL << INET_FLAGS_TRANSPARENT)
		set |= TRANSPARENT;
	if (socket->inet_flags & 1UL << INET_FLAGS_BIND_ADDRESS_NO_PORT)
		set |= NO_PORT;
#else
	if (socket->freebind)
		set |= FREEBIND;
	if (socket->transparent)
		set |= TRANSPARENT;
	if (socket->bind_address_no_port)
		set |= NO_PORT;
#endif
	if (socket->sk.__sk_common.skc_reuse)
		set |= REUSE_ADDR;
	if (socket->sk.__sk_common.skc_reuseport)
		set |= REUSE_PORT;
	return set;
}

#ifdef COUNT
BPF_HASH(counts, struct bound, u64, 10240);

static inline void report(void *ctx, struct event *ev)
{
	u64 zero = 0, *n = counts.lookup_or_try_init(&ev->bound, &zero);

	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
}
#else
static inline void report(void *ctx, struct event *ev)
{
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}
#endif

static inline int leave(void *ctx, s32 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *known = calls.lookup(&id), call;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {.ret = ret};
	struct inet_sock *socket;

	if (!known || !c)
		return 0;
	call = *known;
	calls.delete(&id);
	if (ret && !c->errors)
		return 0;
	socket = copy_socket(sock_of_fd(call.fd));
	if (!socket)
		return 0;
	if (ret)
		read_asked(&ev.bound, &call);
	else
		read_bound(&ev.bound, socket);
	if (!wanted_ports(ev.bound.port, 0))
		return 0;
	sign(&ev.who);
	ev.device = socket->sk.__sk_common.skc_bound_dev_if;
	ev.protocol = socket->sk.sk_protocol;
	ev.options = options(socket);
	report(ctx, &ev);
	return 0;
}

#ifdef TRACE_BIND
TRACEPOINT_PROBE(syscalls, sys_enter_bind)
{
	return enter(args->fd, args->umyaddr, args->addrlen);
}

TRACEPOINT_PROBE(syscalls, sys_exit_bind)
{
	return leave(args, args->ret);
}
#endif

#ifdef PROBE_BIND
int syscall__bind(struct pt_regs *ctx, int fd, void *addr, int size)
{
	return enter(fd, addr, size);
}

int return_bind(struct pt_regs *ctx)
{
	return leave(ctx, PT_REGS_RC(ctx));
}
#endif
`

// text is the program with what it is built on.
const text = toolkit.ContainersC + toolkit.MissedC + snoop.TasksC + inet.EndsC + inet.FilterC + inet.SocketC + program

// config is the program's struct config.
type config struct{ Errors, Unused uint32 }

// event is the program's struct event.
type event struct {
	Who      snoop.Who
	Bound    inet.Bound
	Ret      int32
	Device   uint32
	Protocol uint16
	Options  uint16
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: toolkit.Syscalls{Calls: []string{"bind"}}}
	return &toolkit.Tool{
		Name:        "bindsnoop",
		Usage:       "trace sockets as they are bound to addresses",
		Description: "Prints a line for each bind of IPv4 and IPv6: the process, the protocol, the address\nand the port, options that were set before, and the interface.",
		Examples: []string{
			"bindsnoop -P 80,443     # only these ports",
			"bindsnoop -E -u nobody  # a user's, also those that fail",
			"bindsnoop --count       # how often each address was bound, at the end",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first line", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "wide", Aliases: []string{"w"}, Usage: "wider columns, into which addresses of IPv6 fit, and errors by name", Destination: &o.wide},
		o.tasks.PIDFlag(),
		o.filter.LocalPortsFlag("port", "P"),
		&cli.BoolFlag{Name: "errors", Aliases: []string{"E"}, Usage: "also calls that fail, with what they returned", Destination: &o.errors},
		&cli.BoolFlag{Name: "print-uid", Aliases: []string{"U"}, Usage: "print the user id", Destination: &o.printUID},
		o.tasks.UserFlag(),
		&cli.BoolFlag{Name: "count", Usage: "count binds by address and port", Destination: &o.count},
	}
	return append(append(own, o.containers.Flags()...), o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	st, err := o.prepare(s)
	if err != nil {
		return err
	}
	begin := func(m *bccgo.Module) error {
		if err := o.filter.HandOver(m); err != nil {
			return err
		}
		if err := toolkit.Configure(m, st.config); err != nil {
			return err
		}
		return o.tasks.Begin(m)
	}
	attach := func(m *bccgo.Module) error { return o.probes.Attach(s, m) }
	if o.count {
		c := &counter{s: s, defines: st.defines, attach: attach, begin: begin}
		return c.run(ctx)
	}
	p := o.printer(s)
	t := snoop.Trace[event]{
		Text: text, Defines: st.defines, Attach: attach, Begin: begin,
		Heading: p.heading, Record: p.record,
	}
	return t.Run(ctx, s)
}
