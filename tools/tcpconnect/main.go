// Tcpconnect prints every TCP connection that is opened from here: by whom, from
// where and to where.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// An address is 16 bytes, of which IPv4 uses the first 4. There are two ways:
// the functions that connect a socket, which have the local port when they
// return; and the change of a socket's state, which comes before the port is
// chosen, so that with AWAIT_PORT the next that happens to the socket is waited
// for: an answer, or the first packet's being sent again.
const program = `
#include <linux/in.h>
#include <net/sock.h>
#include <net/tcp_states.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
	u32 by_uid, uid;
	u32 version;	/* of IP: 4, 6, or 0 for both */
	u32 by_port;
};

/* Who connects to what. */
struct flow {
	u8 saddr[16], daddr[16];
	u16 dport;
	u16 version;
};

struct event {
	u64 time;
	struct flow flow;
	u32 pid, uid;
	u16 lport;
	u16 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(ports, u16, u8, MAX_PORTS);

static inline int wanted_task(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || filtered_out())
		return 0;
	if (c->pid && c->pid != bpf_get_current_pid_tgid() >> 32)
		return 0;
	if (c->by_uid && c->uid != (u32)bpf_get_current_uid_gid())
		return 0;
	return 1;
}

static inline int wanted_flow(struct flow *flow)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u16 port = flow->dport;

	if (!c)
		return 0;
	if (c->version && c->version != flow->version)
		return 0;
	if (c->by_port && !ports.lookup(&port))
		return 0;
	return 1;
}

#ifdef COUNT
BPF_HASH(counts, struct flow, u64, 10240);

static inline void report(void *ctx, struct event *ev)
{
	u64 zero = 0, *n = counts.lookup_or_try_init(&ev->flow, &zero);

	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
}
#else
BPF_PERF_OUTPUT(events);

static inline void report(void *ctx, struct event *ev)
{
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}
#endif

static inline void sign(struct event *ev)
{
	u64 id = bpf_get_current_pid_tgid();

	ev->time = bpf_ktime_get_ns();
	ev->pid = id >> 32;
	ev->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&ev->comm, sizeof(ev->comm));
}

#ifdef USE_KPROBES
BPF_HASH(calls, u64, struct sock *);

int enter_connect(struct pt_regs *ctx)
{
	struct sock *sk = (struct sock *)PT_REGS_PARM1(ctx);
	u64 id = bpf_get_current_pid_tgid();

	if (wanted_task() && calls.update(&id, &sk))
		miss(MISSED_CALLS);
	return 0;
}

/* For IPv4 in an IPv6 socket, tcp_v6_connect calls tcp_v4_connect. */
static inline int leave(struct pt_regs *ctx, int version)
{
	u64 id = bpf_get_current_pid_tgid();
	struct sock **call = calls.lookup(&id), *sk;
	struct event ev = {};

	if (!call)
		return 0;
	sk = *call;
	calls.delete(&id);
	if (PT_REGS_RC(ctx))
		return 0;
	ev.flow.version = version;
	bpf_probe_read_kernel(&ev.flow.dport, sizeof(u16), &sk->__sk_common.skc_dport);
	ev.flow.dport = ntohs(ev.flow.dport);
	if (!wanted_flow(&ev.flow))
		return 0;
	bpf_probe_read_kernel(&ev.lport, sizeof(u16), &sk->__sk_common.skc_num);
	if (version == 4) {
		bpf_probe_read_kernel(ev.flow.saddr, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(ev.flow.daddr, 4, &sk->__sk_common.skc_daddr);
	} else {
#if IS_ENABLED(CONFIG_IPV6)
		bpf_probe_read_kernel(ev.flow.saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(ev.flow.daddr, 16, &sk->__sk_common.skc_v6_daddr);
#endif
	}
	sign(&ev);
	report(ctx, &ev);
	return 0;
}

int return_v4(struct pt_regs *ctx)
{
	return leave(ctx, 4);
}

int return_v6(struct pt_regs *ctx)
{
	return leave(ctx, 6);
}
#else
#ifdef AWAIT_PORT
BPF_HASH(pending, u64, struct event, 8192);

/* A port of 0 means that the connection failed and its port was given back. */
static inline void chosen(void *ctx, u64 sk, u16 port)
{
	struct event *found = pending.lookup(&sk), ev;

	if (!found)
		return;
	ev = *found;
	ev.lport = port;
	report(ctx, &ev);
	pending.delete(&sk);
}

#ifdef SEE_RESETS
TRACEPOINT_PROBE(tcp, tcp_receive_reset)
{
	chosen(args, (u64)args->skaddr, args->sport);
	return 0;
}
#endif

#ifdef SEE_RETRIES
TRACEPOINT_PROBE(tcp, tcp_retransmit_skb)
{
	chosen(args, (u64)args->skaddr, args->sport);
	return 0;
}
#endif
#endif

static inline int is_mapped(const u8 *address)
{
	const u32 *part = (const u32 *)address;

	return !part[0] && !part[1] && part[2] == htonl(0xffff);
}

TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	u64 sk = (u64)args->skaddr;
	struct event ev = {};

	if (args->protocol != IPPROTO_TCP)
		return 0;
#ifdef AWAIT_PORT
	if (args->oldstate == TCP_SYN_SENT)
		chosen(args, sk, args->sport);
#endif
	if (args->oldstate != TCP_CLOSE || args->newstate != TCP_SYN_SENT)
		return 0;
	ev.flow.version = 4;
	ev.flow.dport = args->dport;
	if (args->family == AF_INET6) {
		bpf_probe_read_kernel(ev.flow.saddr, 16, args->saddr_v6);
		bpf_probe_read_kernel(ev.flow.daddr, 16, args->daddr_v6);
		if (!is_mapped(ev.flow.daddr))
			ev.flow.version = 6;
	}
	if (!wanted_task() || !wanted_flow(&ev.flow))
		return 0;
	if (ev.flow.version == 4) {
		__builtin_memset(ev.flow.saddr, 0, 32);
		bpf_probe_read_kernel(ev.flow.saddr, 4, args->saddr);
		bpf_probe_read_kernel(ev.flow.daddr, 4, args->daddr);
	}
	sign(&ev);
#ifdef AWAIT_PORT
	if (pending.update(&sk, &ev))
		miss(MISSED_CALLS);
#else
	report(args, &ev);
#endif
	return 0;
}
#endif
`

// config is the program's struct config.
type config struct {
	On         uint32
	PID        uint32
	ByUID, UID uint32
	Version    uint32
	ByPort     uint32
}

// flow is the program's struct flow.
type flow struct {
	Saddr, Daddr [16]uint8 // IPv4 has the first 4
	Dport        uint16
	Version      uint16
}

// event is the program's struct event.
type event struct {
	Time     uint64
	Flow     flow
	PID, UID uint32
	Lport    uint16
	Unused   uint16
	Comm     bccgo.Comm
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcpconnect",
		Usage:       "trace TCP connections as they are opened",
		Description: "Prints a line for each connect: the process, and both ends of the connection.",
		Examples: []string{
			"tcpconnect -t -P 80,443    # connections to these ports, with the time",
			"tcpconnect -d -U           # with the names that led to the addresses, and the user",
			"tcpconnect -c --duration 60   # how many connections to where in a minute",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first line", Destination: &o.timestamp},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		&cli.StringFlag{Name: "port", Aliases: []string{"P"}, Usage: "only these destination `PORTS`, with commas between", Destination: &o.ports},
		&cli.BoolFlag{Name: "ipv4", Aliases: []string{"4"}, Usage: "only IPv4", Destination: &o.ipv4},
		&cli.BoolFlag{Name: "ipv6", Aliases: []string{"6"}, Usage: "only IPv6", Destination: &o.ipv6},
		&cli.BoolFlag{Name: "lport", Aliases: []string{"L"}, Usage: "print the local port", Destination: &o.lport},
		&cli.BoolFlag{Name: "print-uid", Aliases: []string{"U"}, Usage: "print the user id", Destination: &o.printUID},
		&cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only this `USER`, by number or name", Destination: &o.user},
		&cli.BoolFlag{Name: "count", Aliases: []string{"c"}, Usage: "count the connections by their addresses and port, and print that at the end", Destination: &o.count},
		&cli.BoolFlag{Name: "dns", Aliases: []string{"d"}, Usage: "print the name whose DNS answer had the address", Destination: &o.dns},
	}
	return append(append(own, o.containers.Flags()...), o.ways.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "connections"
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.ContainersC + toolkit.MissedC + program + namesProgram
	if s.EBPF {
		return s.PrintC(text, start.defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: start.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := start.attach(s, m); err != nil {
		return err
	}
	if err := o.setPorts(m); err != nil {
		return err
	}
	trace := o.trace
	if o.count {
		trace = o.countFlows
	}
	if err := trace(ctx, s, m, start); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
