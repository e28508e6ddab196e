package fsops

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

// distC counts operations by how long they took, each kind in a group of its own.
const distC = `
static inline void ended(struct pt_regs *ctx, u32 op, struct call *call, u64 now)
{
	count_log2(op, (now - call->begin) / UNIT);
}
`

// dist are the options of the tools that print histograms of operations.
type dist struct {
	hist.Report
	fs                        *FileSystem
	noTimestamp, milliseconds bool
	pid                       uint
}

// Dist is the tool that prints how long the operations of a file system take, as
// histograms.
func Dist(fs *FileSystem) *toolkit.Tool {
	o := &dist{fs: fs}
	name := fs.Name + "dist"
	own := []cli.Flag{
		&cli.BoolFlag{Name: "notimestamp", Aliases: []string{"T"}, Usage: "with an interval, leave out the time of day", Destination: &o.noTimestamp},
		&cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of microseconds", Destination: &o.milliseconds},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
	}
	return &toolkit.Tool{
		Name:  name,
		Usage: "show the latency of operations on files of " + fs.Title + " as histograms",
		Description: "Prints a histogram each of the times that reads, writes, opens and fsyncs of files\non " +
			fs.Title + " take, at the end or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			name + "                  # histograms at the end",
			name + " -m 1 10          # in milliseconds, every second, ten times",
			name + " -p 181 --svg f 1 # of one process, with a picture of how they change",
		},
		Flags: append(own, o.PictureFlags()...),
		Run:   o.run,
	}
}

func (o *dist) run(ctx context.Context, s *toolkit.Session) (err error) {
	s.Losses.What = "operations"
	conf := config{On: 1, Magic: o.fs.Magic}
	if conf.PID, err = KernelPID(o.pid); err != nil {
		return err
	}
	unit, label := o.unit()
	const text = toolkit.MissedC + NameC + callsC + hist.C + distC
	defines := map[string]string{"UNIT": strconv.FormatInt(int64(unit), 10), "GROUPS": strconv.Itoa(int(numOps))}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	if err := o.Prepare("Latency of operations on "+o.fs.Title, s.Args); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	o.Timestamp = o.Interval > 0 && !o.noTimestamp
	m, err := o.fs.load(ctx, s, text, defines)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := hist.NewCounter(m)
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		s.Warnf("timing %s operations until Ctrl-C", o.fs.Title)
	}
	s.Notef("tracing")
	err = o.Run(ctx, s, func() (*hist.Histograms, error) {
		groups, err := counter.Next()
		return &hist.Histograms{Label: label, Header: "operation", Sections: sections(groups)}, err
	})
	return errors.Join(err, s.Losses.Finish(m))
}

// unit is what one of the histograms' units is, and its name.
func (o *dist) unit() (time.Duration, string) {
	if o.milliseconds {
		return time.Millisecond, "msecs"
	}
	return time.Microsecond, "usecs"
}

// sections are the histograms of those operations that there were.
func sections(groups map[uint64][]uint64) []bccgo.Section {
	var all []bccgo.Section
	for op := range numOps {
		if counts, ok := groups[uint64(op)]; ok {
			all = append(all, bccgo.Section{Key: op.String(), Counts: counts})
		}
	}
	return all
}
