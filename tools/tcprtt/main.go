// Tcprtt shows how long packets of TCP take to the other end and back, as histograms.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	seconds, laddr, raddr string
	milliseconds, debug   bool
	byLocal, byRemote     bool
	extension             bool

	filter inet.Filter
	ways   toolkit.Ways
	report hist.Report
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "tcprtt",
		Usage: "show the round-trip times of TCP as histograms",
		Description: "Prints a histogram of how long packets take to the other end and back, as the\n" +
			"kernel knows it when a packet comes; at the end, or every interval.",
		Examples: []string{
			"tcprtt -i 1 -d 10          # every second, for 10 seconds",
			"tcprtt -B -e -p 443        # of what connects to port 443 here, by address, with averages",
			"tcprtt -m -T -A 10.9.0.2   # to one address, in milliseconds, with the time of day",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringFlag{Name: "interval", Aliases: []string{"i"}, Usage: "print every `SECONDS`", Destination: &o.seconds, DefaultText: "at the end"},
		&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of microseconds", Destination: &o.milliseconds},
		o.filter.LocalPortsFlag("lport", "p"), o.filter.RemotePortsFlag("rport", "P"),
		&cli.StringFlag{Name: "laddr", Aliases: []string{"a"}, Usage: "only this local `ADDRESS`", Destination: &o.laddr},
		&cli.StringFlag{Name: "raddr", Aliases: []string{"A"}, Usage: "only this remote `ADDRESS`", Destination: &o.raddr},
		&cli.BoolFlag{Name: "byladdr", Aliases: []string{"b"}, Usage: "print a histogram for each local address", Destination: &o.byLocal},
		&cli.BoolFlag{Name: "byraddr", Aliases: []string{"B"}, Usage: "print a histogram for each remote address", Destination: &o.byRemote},
		&cli.BoolFlag{Name: "extension", Aliases: []string{"e"}, Usage: "print averages as well", Destination: &o.extension},
		&cli.BoolFlag{Name: "debug", Aliases: []string{"D"}, Usage: "print the C text on standard error before the start", Destination: &o.debug},
	}
	own = append(append(own, o.filter.FamilyFlags()...), o.report.Flags()...)
	return append(own, o.ways.Flags()...)
}

// config is the program's struct config.
type config struct {
	On, By                     uint32
	ByLaddr, ByRaddr           uint32
	Laddr, Raddr               [16]uint8
	Unit                       uint32
	LaddrVersion, RaddrVersion uint32
}

// What histograms are made by.
const (
	byAll = iota
	byLocal
	byRemote
)

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	conf, defines, err := o.prepare(s)
	if err != nil {
		return err
	}
	const text = toolkit.MissedC + hist.C + inet.EndsC + inet.FilterC + program
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	if o.debug {
		fmt.Fprint(s.Stderr(), text)
	}
	interval, err := toolkit.Seconds("--interval", o.seconds)
	if err != nil {
		return err
	}
	if err := o.report.Prepare("tcprtt", nil); err != nil {
		return err
	}
	defer o.report.Close()
	o.report.Interval = interval
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.start(s, m, conf, defines); err != nil {
		return err
	}
	c, err := o.newCounter(m)
	if err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("measuring round trips until Ctrl-C")
	}
	s.Notef("tracing")
	if err := o.report.Run(ctx, s, c.next); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// start attaches and hands over the settings.
func (o *options) start(s *toolkit.Session, m *bccgo.Module, conf config, defines map[string]string) error {
	if _, kprobes := defines["USE_KPROBES"]; kprobes {
		if _, err := m.AttachKprobe("tcp_rcv_established", "on_packet", nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	if err := o.filter.HandOver(m); err != nil {
		return err
	}
	return toolkit.Configure(m, conf)
}

// prepare checks the flags and chooses the probe.
func (o *options) prepare(s *toolkit.Session) (conf config, defines map[string]string, err error) {
	if err := o.filter.Check(); err != nil {
		return conf, nil, err
	}
	if _, err := toolkit.Seconds("--interval", o.seconds); err != nil {
		return conf, nil, err
	}
	conf = config{On: 1, Unit: uint32(o.unit() / time.Microsecond)}
	switch {
	case o.byLocal && o.byRemote:
		return conf, nil, errors.New("--byladdr and --byraddr: give one of them")
	case o.byLocal:
		conf.By = byLocal
	case o.byRemote:
		conf.By = byRemote
	}
	if conf.ByLaddr, conf.LaddrVersion, conf.Laddr, err = parseAddress("--laddr", o.laddr); err != nil {
		return conf, nil, err
	}
	if conf.ByRaddr, conf.RaddrVersion, conf.Raddr, err = parseAddress("--raddr", o.raddr); err != nil {
		return conf, nil, err
	}
	defines = map[string]string{"GROUPS": "1024"}
	o.filter.Define(defines)
	return conf, defines, o.choose(s, defines)
}

// choose chooses the probe: the tracepoint is at the beginning of the function.
func (o *options) choose(s *toolkit.Session, defines map[string]string) error {
	own, err := s.OwnHeaders("sockets cannot be looked into")
	if err != nil {
		return err
	}
	var foreign error
	if !own {
		foreign = errors.New("the headers to compile with are another kernel's")
	}
	const byFunction = "the function tcp_rcv_established"
	way, err := o.ways.Choose(s, "packets",
		toolkit.Way{Name: "the tracepoint tcp:tcp_probe", Kind: "tracepoint", Probes: []string{"tracepoint:tcp:tcp_probe"}},
		toolkit.Way{Name: byFunction, Kind: "kprobe", Probes: []string{"kprobe:tcp_rcv_established"}, Refused: foreign})
	if err == nil && way.Name == byFunction {
		defines["USE_KPROBES"] = ""
	}
	return err
}

// parseAddress reads an address, if one is given, as the program has it.
func parseAddress(flag, text string) (given, version uint32, bytes [16]uint8, err error) {
	if text == "" {
		return 0, 0, bytes, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return 0, 0, bytes, fmt.Errorf("%s %q: want an address of IPv4 or IPv6", flag, text)
	}
	a = a.Unmap()
	e := inet.EndsOf(netip.AddrPortFrom(a, 0), netip.AddrPortFrom(a, 0))
	return 1, e.Version, e.Laddr, nil
}

// unit is what one of the histogram's units is.
func (o *options) unit() time.Duration {
	if o.milliseconds {
		return time.Millisecond
	}
	return time.Microsecond
}
