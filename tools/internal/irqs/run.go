package irqs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Options are the flags and arguments.
type Options struct {
	// CountName is what --count is called.
	CountName string

	report                   hist.Report
	nanoseconds, count, dist bool
	cpu                      int
}

// Flags are all flags of such a tool.
func (o *Options) Flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "nanoseconds", Aliases: []string{"N"}, Usage: "show nanoseconds in place of microseconds", Destination: &o.nanoseconds},
		&cli.BoolFlag{Name: o.CountName, Aliases: []string{"C"}, Usage: "show how many there were and not how long they took", Destination: &o.count},
		&cli.BoolFlag{Name: "dist", Aliases: []string{"d"}, Usage: "show histograms", Destination: &o.dist},
		&cli.IntFlag{Name: "cpu", Aliases: []string{"c"}, Value: -1, Usage: "only on processor `CPU`", Destination: &o.cpu, DefaultText: "all"},
	}, o.report.Flags()...)
}

// Kind is a kind of interrupts.
type Kind[ID comparable] struct {
	// ID is the C text of struct id, Tracepoints the one of the tracepoints, which can
	// look into the kernel's structs if OWN_HEADERS is defined.
	ID, Tracepoints string
	// Places is how many there are; see the package.
	Places int
	// Probes are the tracepoints, as bccgo.FirstProbe reads them.
	Probes []string
	// Word names a handler in headings and JSON.
	Word string
	// Width is the first column's.
	Width int
	// Name returns a handler's name.
	Name func(ID) string
}

// Run measures a kind of interrupts.
func Run[ID comparable](ctx context.Context, s *toolkit.Session, o *Options, kind *Kind[ID]) error {
	if err := o.check(); err != nil {
		return err
	}
	s.Losses.What = "interrupts"
	text := toolkit.MissedC + kind.ID + C + kind.Tracepoints
	defines, err := o.defines(s, kind.Places)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	if err := o.report.Prepare(kind.Word+"s", s.Args); err != nil {
		return err
	}
	defer o.report.Close()
	for _, probe := range kind.Probes {
		if _, err := bccgo.FirstProbe(probe); err != nil {
			return err
		}
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	sums, err := toolkit.NewFresh[key[ID]](m, "sums", sum.minus)
	if err != nil {
		return err
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	if err := toolkit.Configure(m, config{On: 1, CPU: int32(o.cpu)}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("measuring %ss until Ctrl-C", kind.Word)
	}
	s.Notef("tracing")
	p := &printer[ID]{o, kind, s, sums}
	if err := p.run(ctx); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

func (o *Options) check() error {
	if o.count && (o.dist || o.nanoseconds) {
		return errors.New("--" + o.CountName + ": it counts, and so cannot go with --dist or --nanoseconds")
	}
	if o.report.Pictures.Pictures() && !o.dist {
		return errors.New("--svg and --html: they draw histograms; give --dist as well")
	}
	return toolkit.CheckCPU(o.cpu)
}

func (o *Options) defines(s *toolkit.Session, places int) (map[string]string, error) {
	unit, _ := o.unit()
	d := map[string]string{"PLACES": strconv.Itoa(places), "UNIT": strconv.FormatInt(int64(unit), 10)}
	if o.dist {
		d["DIST"] = ""
	}
	own, err := s.OwnHeaders("tracepoints tell all that is needed")
	if own {
		d["OWN_HEADERS"] = ""
	}
	return d, err
}

// unit is what times are shown in, and its name.
func (o *Options) unit() (time.Duration, string) {
	if o.nanoseconds {
		return time.Nanosecond, "nsecs"
	}
	return time.Microsecond, "usecs"
}
