package main

import (
	"fmt"
	"time"

	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	s *toolkit.Session
}

// record is a line of --json.
type record struct {
	Time  time.Time `json:"time"`
	Count uint64    `json:"count"`
	// Comm and PID are there with --perpid.
	Comm string `json:"comm,omitempty"`
	PID  uint32 `json:"pid,omitempty"`
	// Kernel and User are the stacks, innermost first.
	Kernel []string `json:"kernel_stack,omitempty"`
	User   []string `json:"user_stack,omitempty"`
}

// report prints what was counted since the last time. When the tracing ends
// within an interval in which there was nothing, nothing is printed.
func (p *printer) report(c *counter, now time.Time, last bool) error {
	fresh, err := c.next()
	if err != nil || last && p.interval > 0 && len(fresh) == 0 {
		return err
	}
	samples, err := c.samples(fresh)
	if err != nil {
		return err
	}
	return p.print(samples, now)
}

func (p *printer) print(samples []stacks.Sample, now time.Time) error {
	list := p.form().Group(samples)
	switch {
	case p.s.JSON:
		return p.json(list, now)
	case p.isFolded:
		return p.folded(list)
	}
	return p.text(list, now)
}

func (p *printer) form() stacks.Form {
	return stacks.Form{Offset: p.offset, Address: p.s.Verbose && !p.s.JSON && !p.isFolded, Indent: "  "}
}

// stack is the text of a stack.
func (p *printer) stack(s *stacks.Sample) string {
	text := p.form().Lines(s.Kernel)
	if p.delimited && len(s.Kernel) > 0 && len(s.User) > 0 {
		text += "    --\n"
	}
	text += p.form().Lines(s.User)
	if s.Comm != "" {
		text += fmt.Sprintf("    %s [%d]\n", toolkit.Printable(s.Comm), s.PID)
	}
	return text
}

func (p *printer) text(list []stacks.Sample, now time.Time) error {
	above := "\n"
	if p.timestamp {
		above = now.Format("\n15:04:05\n")
	}
	if err := p.s.Out.Printf("%s", above); err != nil {
		return err
	}
	for i := range list {
		if err := p.s.Out.Printf("%s    %d\n\n", p.stack(&list[i]), list[i].Count); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) folded(list []stacks.Sample) error {
	for i := range list {
		if err := p.s.Out.Printf("%s", p.form().Folded(&list[i], p.delimited)); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) json(list []stacks.Sample, now time.Time) error {
	for _, c := range list {
		r := record{now, c.Count, c.Comm, c.PID, p.form().Names(c.Kernel), p.form().Names(c.User)}
		if err := p.s.Out.JSON(r); err != nil {
			return err
		}
	}
	return nil
}
