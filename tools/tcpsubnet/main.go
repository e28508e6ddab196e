// Tcpsubnet shows how many bytes are sent by TCP to which subnets.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/tcpbytes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The subnet that is the longest one around an address has the index of the first of
// the list that is around it.
const program = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 netns;	/* 0 for all */
};

struct subnet {
	u32 bits;	/* of what follows */
	u8 version;	/* of IP: 4 or 6 */
	u8 address[16];
	u8 unused[3];
};

BPF_ARRAY(settings, struct config, 1);
BPF_LPM_TRIE(subnets, struct subnet, u32, SUBNETS);
BPF_ARRAY(sent, u64, SUBNETS);

static inline void bytes_moved(struct sock *sk, int received, int n)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct subnet to = {.bits = 8 + 128};
	struct ends ends = {};
	u64 *sum;
	u32 *i;

	if (!c || !c->on || !in_netns(sk, c->netns))
		return;
	read_sock(&ends, sk);
	to.version = ends.version;
	__builtin_memcpy(to.address, ends.raddr, 16);
	i = subnets.lookup(&to);
	if (!i)
		return;
	sum = sent.lookup(i);
	if (sum)
		lock_xadd(sum, n);
}
`

// config is the program's struct config.
type config struct{ On, Netns uint32 }

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{probes: tcpbytes.Probes{OnlySent: true}}
	return &toolkit.Tool{
		Name:  "tcpsubnet",
		Usage: "show how much is sent by TCP to which subnets",
		Description: "Prints every interval how many bytes were sent to each subnet of a list, with\n" +
			"commas between; an address belongs to the first one that has it. Without a list,\n" +
			"it is\n" + defaultSubnets + ".",
		MaxArgs: 1, ArgsUsage: "[subnets]",
		Examples: []string{
			"tcpsubnet                        # to networks for private use, and elsewhere",
			"tcpsubnet -f K -i 5 10.80.0.0/24,fd09::/16   # to two networks, in KBytes, every 5 seconds",
			"tcpsubnet -J                     # as JSON",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "json", Aliases: []string{"J"}, Usage: "print one JSON object a line", Destination: &o.json},
		&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "count in `UNIT`: b, k, m are bits, Kbits, Mbits, B, K, M bytes, KBytes, MBytes", Value: "B", Destination: &o.format},
		&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", Value: "1", Destination: &o.seconds},
	}
	return append(append(own, o.netns.Flags()...), o.probes.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.JSON = o.json
	start, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + netns.C + inet.EndsC + program + tcpbytes.C
	if s.EBPF {
		return s.PrintC(text, start.defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: start.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := handOver(m, start.subnets); err != nil {
		return err
	}
	if err := o.probes.Attach(s, m); err != nil {
		return err
	}
	counter, err := newCounter(m, len(start.subnets))
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, start.config); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("tracing until Ctrl-C; output every %v", start.interval)
	}
	s.Notef("tracing")
	p := &printer{s: s, subnets: start.subnets, unit: start.unit}
	if err := s.Every(ctx, start.interval, p.reporter(counter)); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
