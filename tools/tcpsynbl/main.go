// Tcpsynbl shows how full the queues of listening sockets are when connections come,
// as histograms.
package main

import (
	"context"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A socket that is made for a connection begins as a copy of the listening one.
const program = `
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp_states.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 netns;	/* 0 for all */
};

BPF_ARRAY(settings, struct config, 1);

static inline void count_backlog(struct sock *sk)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u32 limit = 0, backlog = 0;

	if (!c || !c->on || !in_netns(sk, c->netns))
		return;
	bpf_probe_read_kernel(&limit, sizeof(sk->sk_max_ack_backlog), (void *)&sk->sk_max_ack_backlog);
	bpf_probe_read_kernel(&backlog, sizeof(sk->sk_ack_backlog), (void *)&sk->sk_ack_backlog);
	count_log2(limit, backlog);
}

#ifdef USE_KPROBES
int on_v4(struct pt_regs *ctx)
{
	count_backlog((struct sock *)PT_REGS_PARM1(ctx));
	return 0;
}

/* For IPv4 to a socket of IPv6, this function calls that of IPv4. */
int on_v6(struct pt_regs *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)PT_REGS_PARM2(ctx);
	u16 protocol = 0;

	bpf_probe_read_kernel(&protocol, sizeof(protocol), &skb->protocol);
	if (protocol != htons(ETH_P_IP))
		count_backlog((struct sock *)PT_REGS_PARM1(ctx));
	return 0;
}
#else
TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	struct ends ends = {};

	if (args->protocol != IPPROTO_TCP || args->newstate != TCP_SYN_RECV)
		return 0;
	if (args->oldstate == TCP_SYN_SENT)	/* both ends connect */
		return 0;
	set_ends(&ends, args->family, args->saddr, args->daddr, args->saddr_v6, args->daddr_v6);
	if (wanted_version(ends.version))
		count_backlog((struct sock *)args->skaddr);
	return 0;
}
#endif
`

// config is the program's struct config.
type config struct{ On, Netns uint32 }

// options are the flags.
type options struct {
	filter inet.Filter
	netns  netns.Filter
	ways   toolkit.Ways
	report hist.Report
}

// Ways to see connections that come.
const (
	byFunctions = "the functions tcp_v4_syn_recv_sock and tcp_v6_syn_recv_sock"
	byState     = "the tracepoint sock:inet_sock_set_state"
)

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "tcpsynbl",
		Usage: "show how full the queues of listening TCP sockets are",
		Description: "Prints histograms of how many connections wait to be accepted when another one\n" +
			"comes, one for each limit of such queues; at the end, or every interval (in\n" +
			"seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"tcpsynbl                   # until Ctrl-C",
			"tcpsynbl -T 10 6           # every 10 seconds, for a minute",
			"tcpsynbl -4 --pid-netns 4711   # over IPv4, in a container",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := append(o.filter.FamilyFlags(), o.report.Flags()...)
	return append(append(own, o.netns.Flags()...), o.ways.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "connections"
	conf, defines, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + hist.C + netns.C + inet.EndsC + inet.FilterC + program
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	if err := o.report.Prepare("tcpsynbl", s.Args); err != nil {
		return err
	}
	defer o.report.Close()
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if _, functions := defines["USE_KPROBES"]; functions {
		if err := o.attach(s, m); err != nil {
			return err
		}
	}
	counter, err := hist.NewCounter(m)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("counting connections that come until Ctrl-C")
	}
	s.Notef("tracing")
	if err := o.report.Run(ctx, s, func() (*hist.Histograms, error) { return histograms(counter) }); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// prepare checks the flags and chooses the probes. Functions come first, as they are
// also called for connections that find the queue full.
func (o *options) prepare(s *toolkit.Session) (config, map[string]string, error) {
	defines := map[string]string{}
	if err := o.filter.Check(); err != nil {
		return config{}, nil, err
	}
	if _, err := hist.ParseRounds(s.Args); err != nil {
		return config{}, nil, err
	}
	number, err := o.netns.Number()
	if err != nil {
		return config{}, nil, err
	}
	if own, err := s.OwnHeaders("sockets cannot be looked into"); err != nil {
		return config{}, nil, err
	} else if !own {
		return config{}, nil, errors.New("sockets cannot be looked into: the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
	}
	way, err := o.ways.Choose(s, "connections",
		toolkit.Way{Name: byFunctions, Kind: "kprobe", Probes: []string{"kprobe:tcp_v4_syn_recv_sock"}},
		toolkit.Way{Name: byState, Kind: "tracepoint", Probes: []string{"tracepoint:sock:inet_sock_set_state"}})
	if err != nil {
		return config{}, nil, err
	}
	o.filter.Define(defines)
	if way.Name == byFunctions {
		defines["USE_KPROBES"] = ""
	} else {
		s.Notef("connections that find the queue full do not count")
	}
	return config{1, number}, defines, nil
}

// attach attaches to the functions. A kernel may be without IPv6.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module) error {
	if !o.filter.Only6() {
		if _, err := m.AttachKprobe("tcp_v4_syn_recv_sock", "on_v4", nil); err != nil {
			return err
		}
	}
	if !o.filter.Only4() {
		if _, err := m.AttachKprobe("tcp_v6_syn_recv_sock", "on_v6", nil); err != nil {
			if o.filter.Only6() {
				return err
			}
			s.Warnf("connections over IPv6 are not seen: %v", err)
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// histograms are those of the limits, the smallest first.
func histograms(counter *hist.Counter) (*hist.Histograms, error) {
	groups, err := counter.Next()
	if err != nil {
		return nil, err
	}
	h := &hist.Histograms{Label: "backlog", Header: "backlog_max"}
	limits := make([]uint64, 0, len(groups))
	for limit := range groups {
		limits = append(limits, limit)
	}
	slices.Sort(limits)
	for _, limit := range limits {
		h.Sections = append(h.Sections, bccgo.Section{Key: limit, Counts: groups[limit]})
	}
	return h, nil
}
