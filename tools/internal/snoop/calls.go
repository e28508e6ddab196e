package snoop

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Calls are the flags of tools that print the system calls of tasks.
type Calls struct {
	// Timestamp asks for the seconds since the first line, Name for process names
	// with that in them.
	Timestamp bool
	Name      string
	Tasks     Tasks
	Probes    toolkit.Syscalls
	// Stream says how events are read.
	Stream bccgo.StreamOptions
}

// Flags are --timestamp, --pid, --tid, --name and --probes.
func (c *Calls) Flags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the seconds since the first line", Destination: &c.Timestamp},
		c.Tasks.PIDFlag(),
		c.Tasks.TIDFlag(),
		&cli.StringFlag{Name: "name", Aliases: []string{"n"}, Usage: "only process names with `NAME` in them", Destination: &c.Name},
	}
	return append(own, c.Probes.Flags()...)
}

// Run traces by a C text, whose events have the type E, and hands them to record, after
// the heading.
func Run[E any](ctx context.Context, s *toolkit.Session, c *Calls, text string, heading func() error, record func(*E) error) error {
	if err := c.Tasks.Check(); err != nil {
		return err
	}
	defines := map[string]string{}
	if err := c.Probes.Define(s, defines); err != nil {
		return err
	}
	t := Trace[E]{
		Text: text, Defines: defines, Stream: c.Stream,
		Attach:  func(m *bccgo.Module) error { return c.Probes.Attach(s, m) },
		Begin:   c.Tasks.Begin,
		Heading: heading, Record: record,
	}
	return t.Run(ctx, s)
}
