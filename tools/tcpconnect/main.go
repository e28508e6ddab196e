// Tcpconnect prints every TCP connection that is opened from here: by whom, from
// where and to where.
package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// There are two ways: the functions that connect a socket, which have the local
// port when they return; and the change of a socket's state, which comes before the
// port is chosen, so that with AWAIT_PORT the next that happens to the socket is
// waited for: an answer, or the first packet's being sent again.
const program = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
	u32 by_uid, uid;
};

struct event {
	u64 time;
	struct ends ends;
	u32 pid, uid;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);

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

#ifdef COUNT
BPF_HASH(counts, struct ends, u64, 10240);

static inline void report(void *ctx, struct event *ev)
{
	u64 zero = 0, *n;

	ev->ends.lport = 0;
	n = counts.lookup_or_try_init(&ev->ends, &zero);
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
int return_connect(struct pt_regs *ctx)
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
	read_sock(&ev.ends, sk);
	if (!wanted_ends(&ev.ends))
		return 0;
	sign(&ev);
	report(ctx, &ev);
	return 0;
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
	ev.ends.lport = port;
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
	set_ends(&ev.ends, args->family, args->saddr, args->daddr, args->saddr_v6, args->daddr_v6);
	ev.ends.rport = args->dport;
	if (!wanted_task() || !wanted_ends(&ev.ends))
		return 0;
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
}

// event is the program's struct event.
type event struct {
	Time     uint64
	Ends     inet.Ends
	PID, UID uint32
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
		o.filter.RemotePortsFlag("port", "P"),
		&cli.BoolFlag{Name: "lport", Aliases: []string{"L"}, Usage: "print the local port", Destination: &o.lport},
		&cli.BoolFlag{Name: "print-uid", Aliases: []string{"U"}, Usage: "print the user id", Destination: &o.printUID},
		&cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only this `USER`, by number or name", Destination: &o.user},
		&cli.BoolFlag{Name: "count", Aliases: []string{"c"}, Usage: "count the connections by their addresses and port, and print that at the end", Destination: &o.count},
		&cli.BoolFlag{Name: "dns", Aliases: []string{"d"}, Usage: "print the name whose DNS answer had the address", Destination: &o.dns},
	}
	return slices.Concat(own, o.filter.FamilyFlags(), o.containers.Flags(), o.ways.Flags())
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "connections"
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.ContainersC + toolkit.MissedC + inet.EndsC + inet.FilterC + program + namesProgram
	if s.EBPF {
		return s.PrintC(text, start.defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: start.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.attach(s, m, start); err != nil {
		return err
	}
	if err := o.filter.HandOver(m); err != nil {
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
