// Tcpdrop prints every packet of TCP that the kernel drops: of which connection, why,
// and where in the kernel.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// config is the program's struct config.
type config struct{ On, Netns uint32 }

// event is the program's struct event.
type event struct {
	Time  uint64
	Stack uint64
	Ends  inet.Ends // from Local to Remote
	PID   uint32
	// Reason is 0 if the kernel gives none, State if there is no socket.
	Reason, State, Flags uint32
}

// options are the flags.
type options struct {
	filter inet.Filter
	netns  netns.Filter
	ways   toolkit.Ways
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "tcpdrop",
		Usage: "trace packets of TCP that the kernel drops",
		Description: "Prints a line for each packet that the kernel drops: where it was from and to, the\n" +
			"state of the connection, the packet's flags and the reason; and the stack that\n" +
			"led there.",
		Examples: []string{
			"tcpdrop -4                 # only IPv4",
			"tcpdrop --pid-netns 4711   # in a container",
			"tcpdrop --json -d 60       # for a minute, as JSON",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return append(append(o.filter.FamilyFlags(), o.netns.Flags()...), o.ways.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	plan, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + toolkit.StacksC + netns.C + inet.EndsC + inet.FilterC + program
	if s.EBPF {
		return s.PrintC(text, plan.defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: plan.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := plan.attach(s, m); err != nil {
		return err
	}
	if err := plan.trace(ctx, s, m); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// latency is how long a line may wait for others; the order of time takes twice as
// long.
const latency = 50 * time.Millisecond

// trace prints packets as they are dropped.
func (p *plan) trace(ctx context.Context, s *toolkit.Session, m *bccgo.Module) error {
	stacks, err := toolkit.OpenStacks(m)
	if err != nil {
		return err
	}
	pr := &printer{s: s, reasons: p.reasons, frames: stacks.Frames}
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{Latency: latency, OrderBy: "time", OnLost: s.Losses.Add})
	if err := toolkit.Configure(m, p.config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := pr.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	return stream.Each(ctx, pr.packet)
}

// errForeign is why nothing can be looked into.
var errForeign = errors.New("packets cannot be looked into: the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
