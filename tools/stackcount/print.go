package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
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

// counted is a stack that is printed once.
type counted struct {
	stacks.Sample
	text string // all but the count
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
	list := p.group(samples)
	switch {
	case p.s.JSON:
		return p.json(list, now)
	case p.isFolded:
		return p.folded(list)
	}
	return p.text(list, now)
}

// group puts samples together that look the same, those with the most calls last.
func (p *printer) group(samples []stacks.Sample) []*counted {
	byText := make(map[string]*counted)
	var list []*counted
	for _, s := range samples {
		text := p.stack(&s)
		if same := byText[text]; same != nil {
			same.Count += s.Count
			continue
		}
		c := &counted{s, text}
		byText[text] = c
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *counted) int { return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(a.text, b.text)) })
	return list
}

func (p *printer) form() stacks.Form { return stacks.Form{Offset: p.offset} }

// stack is the text of a stack.
func (p *printer) stack(s *stacks.Sample) string {
	var b strings.Builder
	p.frames(&b, s.Kernel)
	if p.delimited && len(s.Kernel) > 0 && len(s.User) > 0 {
		b.WriteString("    --\n")
	}
	p.frames(&b, s.User)
	if s.Comm != "" {
		fmt.Fprintf(&b, "    %s [%d]\n", toolkit.Printable(s.Comm), s.PID)
	}
	return b.String()
}

func (p *printer) frames(b *strings.Builder, frames []bccgo.Frame) {
	addresses := p.s.Verbose && !p.s.JSON && !p.isFolded
	for i, name := range p.form().Names(frames) {
		if addresses {
			fmt.Fprintf(b, "  %-16x %s\n", frames[i].Addr, name)
		} else {
			fmt.Fprintf(b, "  %s\n", name)
		}
	}
}

func (p *printer) text(list []*counted, now time.Time) error {
	above := "\n"
	if p.timestamp {
		above = now.Format("\n15:04:05\n")
	}
	if err := p.s.Out.Printf("%s", above); err != nil {
		return err
	}
	for _, c := range list {
		if err := p.s.Out.Printf("%s    %d\n\n", c.text, c.Count); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) folded(list []*counted) error {
	for _, c := range list {
		line, err := p.form().Folded(&c.Sample, p.delimited)
		if err != nil {
			return err
		}
		if err := p.s.Out.Printf("%s", line); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) json(list []*counted, now time.Time) error {
	for _, c := range list {
		r := record{now, c.Count, c.Comm, c.PID, p.form().Names(c.Kernel), p.form().Names(c.User)}
		if err := p.s.Out.JSON(r); err != nil {
			return err
		}
	}
	return nil
}
