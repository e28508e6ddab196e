package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// call is a slow call; its fields are the JSON object's.
type call struct {
	Time      time.Time `json:"time"` // of the return
	PID       uint32    `json:"pid"`
	TID       uint32    `json:"tid"`
	Comm      string    `json:"comm"`
	Latency   uint64    `json:"latency_ns"`
	Returned  uint64    `json:"returned"`
	Function  string    `json:"function"`
	Arguments []uint64  `json:"arguments,omitempty"`
	// Kernel and User are the stacks, innermost first.
	Kernel []string `json:"kernel_stack,omitempty"`
	User   []string `json:"user_stack,omitempty"`
}

// printer prints calls.
type printer struct {
	*options
	s      *toolkit.Session
	f      *functions
	frames func(key uint64, pid int) ([]bccgo.Frame, error)
	first  uint64 // when the first call returned
}

func (o *options) printer(s *toolkit.Session, m *bccgo.Module, f *functions) (*printer, error) {
	p := &printer{options: o, s: s, f: f}
	if !o.userStack && !o.kernelStack {
		return p, nil
	}
	stacks, err := toolkit.OpenStacks(m)
	if err != nil {
		return nil, err
	}
	p.frames = stacks.Frames
	return p, nil
}

func (p *printer) heading() error {
	if p.s.JSON || p.folded {
		return nil
	}
	_, unit := p.unit()
	p.s.Warnf("tracing calls of %s until Ctrl-C", strings.Join(p.f.texts, " "))
	more := ""
	if p.arguments > 0 {
		more = " ARGS"
	}
	return p.s.Out.Printf("%s%-14s %-6s %7s %16s FUNC%s\n", p.when("TIME"), "COMM", "PID", "LAT("+unit+")", "RVAL", more)
}

// when is the column of the time, if it is wanted.
func (p *printer) when(text string) string {
	if !p.time && !p.timestamp {
		return ""
	}
	return fmt.Sprintf("%-10s ", text)
}

func (p *printer) record(ev *event) error {
	c, err := p.call(ev)
	switch {
	case err != nil:
		return err
	case p.s.JSON:
		return p.s.Out.JSON(c)
	case p.folded:
		return p.foldedStack(c)
	}
	return p.row(ev, c)
}

func (p *printer) call(ev *event) (*call, error) {
	function, kernel := p.f.name(ev.Place)
	c := &call{Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, Comm: ev.Comm.String(), Latency: ev.Took,
		Returned: ev.Ret, Function: function, Arguments: ev.Args[:p.arguments]}
	var err error
	if c.Kernel, err = p.stack(ev.Kernel, bccgo.KernelPID, function); err != nil {
		return nil, err
	}
	if kernel {
		function = ""
	}
	c.User, err = p.stack(ev.User, int(ev.PID), function)
	return c, err
}

// stack is a stack with the function that has returned in front, if it belongs
// there.
func (p *printer) stack(key uint64, pid int, function string) ([]string, error) {
	if key == 0 {
		return nil, nil
	}
	frames, err := p.frames(key, pid)
	names := bccgo.FrameNames(frames, nil)
	if function != "" {
		names = append([]string{function}, names...)
	}
	return names, err
}

func (p *printer) row(ev *event, c *call) error {
	if p.first == 0 {
		p.first = ev.Time
	}
	when := c.Time.Format(time.TimeOnly)
	if p.timestamp {
		when = fmt.Sprintf("%.6f", float64(ev.Time-p.first)/1e9)
	}
	unit, _ := p.unit()
	var b strings.Builder
	fmt.Fprintf(&b, "%s%-14.14s %-6d %7.2f %16x %s", p.when(when), toolkit.Printable(c.Comm), c.PID,
		float64(c.Latency)/float64(unit), c.Returned, toolkit.Printable(c.Function))
	for _, a := range c.Arguments {
		fmt.Fprintf(&b, " 0x%x", a)
	}
	b.WriteByte('\n')
	for _, function := range append(c.Kernel, c.User...) {
		fmt.Fprintf(&b, "    %s\n", toolkit.Printable(function))
	}
	return p.s.Out.Printf("%s", b.String())
}

func (p *printer) foldedStack(c *call) error {
	stack := bccgo.FoldedStack{Comm: toolkit.Printable(c.Comm), User: c.User, Kernel: c.Kernel, Delimiter: true, Count: 1}
	var b strings.Builder
	if err := bccgo.WriteFolded(&b, stack); err != nil {
		return err
	}
	return p.s.Out.Printf("%s", b.String())
}
