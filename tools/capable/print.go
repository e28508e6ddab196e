package main

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// checked is a check; its fields are the JSON object's.
type checked struct {
	snoop.Head
	Cap  int32  `json:"cap"`
	Name string `json:"name"` // "?" for those that are newer than this tool
	// Audit, InSetID and Granted are absent where they are not known.
	Audit       *bool    `json:"audit,omitempty"`
	InSetID     *bool    `json:"insetid,omitempty"`
	Granted     *bool    `json:"granted,omitempty"`
	KernelStack []string `json:"kernel_stack,omitempty"`
	UserStack   []string `json:"user_stack,omitempty"`
}

type printer struct {
	*options
	s      *toolkit.Session
	stacks *toolkit.Stacks
}

// openStacks finds the program's stacks, if any are asked for.
func (p *printer) openStacks(m *bccgo.Module) (err error) {
	if p.kernelStack || p.userStack {
		p.stacks, err = toolkit.OpenStacks(m)
	}
	return err
}

func (p *printer) heading() error {
	switch {
	case p.s.JSON:
		return nil
	case p.extra:
		return p.s.Out.Printf("%-9s %-6s %-6s %-6s %-16s %-4s %-20s %-6s %s\n",
			"TIME", "UID", "PID", "TID", "COMM", "CAP", "NAME", "AUDIT", "INSETID")
	}
	return p.s.Out.Printf("%-9s %-6s %-6s %-16s %-4s %-20s %s\n", "TIME", "UID", "PID", "COMM", "CAP", "NAME", "AUDIT")
}

func (p *printer) record(ev *event) error {
	c := &checked{Head: ev.Who.Head(), Cap: ev.Check.Cap, Name: capName(ev.Check.Cap),
		Audit: known(ev.Check.Audit), InSetID: known(ev.Check.InSetID)}
	if ev.Check.Ret <= 0 {
		granted := ev.Check.Ret == 0
		c.Granted = &granted
	}
	var err error
	if c.KernelStack, err = p.stack(p.kernelStack, ev.KernelStack, bccgo.KernelPID); err != nil {
		return err
	}
	if c.UserStack, err = p.stack(p.userStack, ev.UserStack, int(ev.Who.PID)); err != nil {
		return err
	}
	if p.s.JSON {
		return p.s.Out.JSON(c)
	}
	return p.s.Out.Printf("%s\n", p.row(c))
}

// known is nil for what the program does not know.
func known(v int32) *bool {
	if v < 0 {
		return nil
	}
	yes := v != 0
	return &yes
}

// stack has a function for each place, innermost first.
func (p *printer) stack(wanted bool, key uint64, pid int) ([]string, error) {
	if !wanted {
		return nil, nil
	}
	frames, err := p.stacks.Frames(key, pid)
	return bccgo.FrameNames(frames, &bccgo.SymOptions{Offset: true, Module: true}), err
}

// row is a check's line, and below it the stacks.
func (p *printer) row(c *checked) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-9s %-6d %-6d ", c.Clock(), c.UID, c.PID)
	if p.extra {
		fmt.Fprintf(&b, "%-6d ", c.TID)
	}
	fmt.Fprintf(&b, "%-16s %-4d %-20s ", toolkit.Printable(c.Comm), c.Cap, c.Name)
	if p.extra {
		fmt.Fprintf(&b, "%-6s %s", digit(c.Audit), digit(c.InSetID))
	} else {
		b.WriteString(digit(c.Audit))
	}
	if p.kernelStack {
		writeStack(&b, "kernel", c.KernelStack)
	}
	if p.userStack {
		writeStack(&b, "user", c.UserStack)
	}
	return b.String()
}

func digit(yes *bool) string {
	switch {
	case yes == nil:
		return "N/A"
	case *yes:
		return "1"
	}
	return "0"
}

func writeStack(b *strings.Builder, which string, names []string) {
	if len(names) == 0 {
		fmt.Fprintf(b, "\n        [no %s stack]", which)
	}
	for _, name := range names {
		b.WriteString("\n        " + toolkit.Printable(name))
	}
}
