// Tcpretrans prints every packet that TCP sends again: of which connection, and in
// which state that was.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The tracepoint has both ends and the state; the packet and the namespace are
// looked into where LOOK_INSIDE tells that they can be.
const program = `
#include <linux/skbuff.h>
#include <net/tcp.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 netns;	/* 0 for all */
};

enum {
	RETRANSMIT = 'R',
	LOSS_PROBE = 'L',
};

struct event {
	u64 time;
	struct ends ends;
	u32 pid;
	u32 seq;
	u32 state;
	u32 kind;
};

BPF_ARRAY(settings, struct config, 1);

static inline int wanted_sock(struct sock *sk)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on)
		return 0;
#ifdef LOOK_INSIDE
	return in_netns(sk, c->netns);
#else
	return 1;
#endif
}

#ifdef COUNT
BPF_HASH(counts, struct ends, u64, 10240);

static inline void report(void *ctx, struct event *ev)
{
	u64 zero = 0, *n;

	if (!wanted_ends(&ev->ends))
		return;
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
	if (!wanted_ends(&ev->ends))
		return;
	ev->time = bpf_ktime_get_ns();
	ev->pid = bpf_get_current_pid_tgid() >> 32;
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}
#endif

static inline void read_seq(struct event *ev, struct sk_buff *skb)
{
#ifdef LOOK_INSIDE
	bpf_probe_read_kernel(&ev->seq, sizeof(ev->seq), &((struct tcp_skb_cb *)skb->cb)->seq);
#endif
}

#if defined(USE_KPROBES) || defined(LOSS_PROBES)
static inline void report_sock(void *ctx, struct sock *sk, struct sk_buff *skb, int kind)
{
	struct event ev = {.kind = kind};
	u8 state = 0;

	if (!wanted_sock(sk))
		return;
	read_sock(&ev.ends, sk);
	bpf_probe_read_kernel(&state, sizeof(state), (void *)&sk->__sk_common.skc_state);
	ev.state = state;
	if (skb)
		read_seq(&ev, skb);
	report(ctx, &ev);
}
#endif

#ifdef USE_KPROBES
int on_retransmit(struct pt_regs *ctx)
{
	report_sock(ctx, (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), RETRANSMIT);
	return 0;
}
#else
TRACEPOINT_PROBE(tcp, tcp_retransmit_skb)
{
	struct event ev = {.kind = RETRANSMIT};

	if (!wanted_sock((void *)args->skaddr))
		return 0;
#ifdef HAS_RESULT
	/* What could not be sent is seen when it is tried again. */
	if (args->err)
		return 0;
#endif
	ev.ends.lport = args->sport;
	ev.ends.rport = args->dport;
	/* Addresses of IPv4 are also there as mapped ones. */
	set_ends(&ev.ends, AF_INET6, args->saddr, args->daddr, args->saddr_v6, args->daddr_v6);
	ev.state = args->state;
	read_seq(&ev, (void *)args->skbaddr);
	report(args, &ev);
	return 0;
}
#endif

#ifdef LOSS_PROBES
#if LOSS_PROBES == 1
int on_loss_probe(struct pt_regs *ctx)
{
	report_sock(ctx, (void *)PT_REGS_PARM1(ctx), NULL, LOSS_PROBE);
	return 0;
}
#else
KFUNC_PROBE(tcp_send_loss_probe, struct sock *sk)
{
	report_sock(ctx, sk, NULL, LOSS_PROBE);
	return 0;
}
#endif
#endif
`

// config is the program's struct config.
type config struct{ On, Netns uint32 }

// event is the program's struct event.
type event struct {
	Time  uint64
	Ends  inet.Ends
	PID   uint32
	Seq   uint32
	State uint32
	Kind  uint32
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:        "tcpretrans",
		Usage:       "trace what TCP sends again",
		Description: "Prints a line for each packet that is sent again, with both ends of the connection\nand its state.",
		Examples: []string{
			"tcpretrans -l              # with probes for losses at the end of what was sent",
			"tcpretrans -c --duration 60   # how many packets of which connection in a minute",
			"tcpretrans -s --pid-netns 4711   # in a container, with sequence numbers",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "sequence", Aliases: []string{"s"}, Usage: "print sequence numbers", Destination: &o.sequence},
		&cli.BoolFlag{Name: "lossprobe", Aliases: []string{"l"}, Usage: "include tail loss probes", Destination: &o.lossProbe},
		&cli.BoolFlag{Name: "count", Aliases: []string{"c"}, Usage: "count by connection, and print that at the end", Destination: &o.count},
	}
	own = append(append(own, o.filter.FamilyFlags()...), o.netns.Flags()...)
	return append(own, o.ways.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "packets"
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + netns.C + inet.EndsC + inet.FilterC + program
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
	trace := o.trace
	if o.count {
		trace = o.countFlows
	}
	if err := trace(ctx, s, m, start.config); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
